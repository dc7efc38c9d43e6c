import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { dashboard } from '../../../src/monitoring/grafana/dashboard.js';
import type { Dashboard, Panel } from '../../../src/monitoring/grafana/model.js';
import { schemaReader } from './schema.js';
import { COMBINATIONS, monitoringOf } from './support/monitoring.js';

const readSchema = schemaReader();
const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false });
const compile = (packageName: string, type: string) => ajv.compile(readSchema(packageName, type));

const isDashboard = compile('dashboard', 'Dashboard');
const isQuery = compile('prometheus', 'Dataquery');
const PACKAGES = {
  timeseries: 'timeseries',
  stat: 'stat',
  heatmap: 'heatmap',
  table: 'table',
  'state-timeline': 'statetimeline',
} as const;
const optionsOf = Object.fromEntries(
  Object.entries(PACKAGES).map(([kind, packageName]) => [kind, compile(packageName, 'Options')]),
);
const customOf = Object.fromEntries(
  Object.entries(PACKAGES)
    .filter(([kind]) => kind !== 'stat')
    .map(([kind, packageName]) => [kind, compile(packageName, 'FieldConfig')]),
);

describe('the JSON Schema of a dashboard', () => {
  it.each(COMBINATIONS)('takes that of %s', (_name, monitoring) => {
    expect(faults(asFile(dashboard(monitoring)))).toEqual([]);
  });

  it('refuses what Grafana does not know', () => {
    const { panels, ...rest } = asFile(dashboard(monitoringOf()));
    const first = panels.find((panel): panel is Panel => panel.type === 'stat');
    const wrong = [
      { ...rest, panels, colour: 'red' },
      { ...rest, panels, graphTooltip: 3 },
      { ...rest, panels: [{ ...first, fieldConfig: { defaults: {} } }] },
      { ...rest, panels: [{ ...first, options: { ...first?.options, graphMode: 'pie' } }] },
      { ...rest, panels: [{ ...first, targets: [{ expression: 'up' }] }] },
      { ...rest, panels: [{ ...panels.find(({ type }) => type === 'timeseries'), fieldConfig: undefined }] },
    ];
    for (const one of wrong) expect(faults(asFile(one as unknown as Dashboard))).not.toEqual([]);
  });
});

/** What is in the file: without `undefined`. */
function asFile(made: Dashboard): Dashboard {
  return JSON.parse(JSON.stringify(made)) as Dashboard;
}

function faults(made: Dashboard): string[] {
  const panels = made.panels.filter((panel): panel is Panel => panel.type !== 'row');
  return [
    ...messages('dashboard', isDashboard, made),
    ...panels.flatMap(({ title, type, options, fieldConfig, targets }) => [
      ...messages(`${title}: options`, optionsOf[type], options),
      ...(type === 'stat' ? [] : messages(`${title}: custom`, customOf[type], fieldConfig?.defaults.custom)),
      ...targets.flatMap((target) => messages(`${title}: query`, isQuery, target)),
    ]),
  ];
}

function messages(what: string, validate: ValidateFunction | undefined, value: unknown): string[] {
  if (validate === undefined) return [`${what}: no schema`];
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${what}: ${instancePath} ${message}`);
}
