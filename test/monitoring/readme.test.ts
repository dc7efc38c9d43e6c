import { describe, expect, it } from 'vitest';
import type { OwnMetric } from '../../src/metrics/own-metric.js';
import type { Monitoring } from '../../src/monitoring/monitoring.js';
import { readmeFile } from '../../src/monitoring/readme.js';
import { selectorsOf } from './grafana/support/promql.js';
import { awkwardTags, monitoringOf, nameOf, ruleOptions } from './prometheus/support/monitorings.js';

const setup = {
  path: 'monitoring/README.md',
  files: [{ path: 'monitoring/prometheus/prometheus.yml', about: 'what Prometheus scrapes' }],
  starts: [{ title: 'Everything', command: 'docker compose up' }],
  renew: 'npx add-prom-metrics dashboard',
  annotations: undefined,
};

const own: OwnMetric[] = (['counter', 'gauge', 'histogram', 'summary'] as const).map((type) => ({
  name: `shop_${type}`,
  type,
  labels: ['channel'],
  help: `A ${type} | with *signs*,\n\`code\` and <b>`,
  aggregator: undefined,
  buckets: undefined,
  inRedis: false,
  path: 'src/orders.js',
  line: 3,
}));

function textFor(monitoring: Monitoring, more: Partial<typeof setup> = {}): string {
  return readmeFile(monitoring, { ...setup, ...more }).text;
}

/** The queries in a text: what is between blank lines of its PromQL blocks, without the comment above. */
function queriesIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```promql\n([\s\S]*?)\n```$/gm)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => block.split('\n\n').map((part) => part.replace(/^#.*\n/, '')));
}

describe('readmeFile', () => {
  it.each(ruleOptions.map((options) => [nameOf(options), options] as const))(
    'explains every metric: %s',
    (_, options) => {
      const monitoring = monitoringOf(options);
      const text = textFor(monitoring);
      const metrics = Object.values(monitoring.catalogue.metrics);
      const titles = [...text.matchAll(/^### `(.+)`$/gm)].map((match) => match[1]);
      expect(titles.sort()).toEqual(metrics.map(({ name }) => name).sort());
      const asked = new Set(
        queriesIn(text)
          .flatMap(selectorsOf)
          .map(({ name }) => name),
      );
      for (const { name } of metrics) {
        expect(
          [name, `${name}_sum`, `${name}_bucket`].some((series) => asked.has(series)),
          name,
        ).toBe(true);
      }
    },
  );

  it.each(awkwardTags)('asks for the series of %s only', (application) => {
    const selectors = queriesIn(textFor({ ...monitoringOf({ application }), own })).flatMap(selectorsOf);
    expect(selectors.length).toBeGreaterThan(20);
    for (const { matchers } of selectors) {
      expect(matchers).toContainEqual({ label: 'application', operator: '=', value: application });
    }
  });

  it("lists the user's own metrics, with a query for each, whatever they wrote about them", () => {
    const text = textFor({ ...monitoringOf(), own });
    const rows = text.split('\n').filter((line) => line.startsWith('| `shop_'));
    expect(rows[0]).toBe(
      '| `shop_counter` | counter | `channel` | A counter \\| with \\*signs\\*, \\`code\\` and \\<b\\> | `src/orders.js` |',
    );
    expect(rows).toHaveLength(4);
    const queries = queriesIn(text);
    for (const { name } of own) expect(queries.filter((query) => query.includes(name))).toHaveLength(1);
    expect(textFor(monitoringOf())).toContain('None was found in the code.');
  });

  it('does not add up what Redis holds once', () => {
    const text = textFor({ ...monitoringOf(), own: own.map((metric) => ({ ...metric, inRedis: true })) });
    expect(text).toContain('max by (channel) (rate(shop_counter{application="shop"}[5m]))');
    expect(text).toContain('max by (channel) (shop_gauge{application="shop"})');
  });

  it('says how to start and to renew, what is here, and whether alerts page', () => {
    const text = textFor(monitoringOf({ isGiven: false }));
    expect(text).toContain('Everything:\n\n```sh\ndocker compose up\n```');
    expect(text).toContain('```sh\nnpx add-prom-metrics dashboard\n```');
    expect(text).toContain('| `monitoring/prometheus/prometheus.yml` | what Prometheus scrapes |');
    expect(text).toContain('every alert has the severity `ticket`');
    expect(textFor(monitoringOf({ isGiven: true, availability: 99.5 }))).toMatch(/^99.5 % of .* severity `page`/m);
  });

  it('speaks of the token, and of annotations, only where there are such', () => {
    expect(textFor(monitoringOf({ token: true }))).toContain('METRICS_TOKEN');
    expect(textFor(monitoringOf())).not.toContain('METRICS_TOKEN');
    expect(textFor(monitoringOf())).not.toContain('annotations');
    const annotations = { 'prometheus.io/scrape': 'true' };
    const text = readmeFile(monitoringOf(), { ...setup, annotations }).text;
    expect(text).toContain('      annotations:\n        prometheus.io/scrape: "true"');
  });

  it('is sealed, and the same for the same metrics', () => {
    expect(readmeFile(monitoringOf(), setup)).toEqual(readmeFile(monitoringOf(), setup));
    expect(readmeFile(monitoringOf(), setup).kind).toBe('sealed');
    expect(textFor(monitoringOf())).toMatch(/^<!-- Made by add-prom-metrics .*, sha256 [0-9a-f]{16}\./);
  });
});
