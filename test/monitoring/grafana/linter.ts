import * as units from '@grafana/grafana-foundation-sdk/units';

import { callAround, nodesOf, parsePromql, selectorsOf, withDurations } from './support/promql.js';

// The rules of Grafana's dashboard-linter (https://github.com/grafana/dashboard-linter/blob/main/docs/index.md), each
// under its name there, written anew from their documentation. Where the original only looks at kinds of panels that it
// knows, these look at every panel that has queries: ours are to hold for heatmaps and state timelines, too.

/** Grafana's own units. */
const UNITS: ReadonlySet<string> = new Set(Object.values(units).map(String));

/** A dashboard as the rules read it. */
export interface Linted {
  readonly editable?: boolean;
  readonly templating: { readonly list: readonly LintedVariable[] };
  readonly panels: readonly LintedPanel[];
}

interface Source {
  readonly type?: string;
  readonly uid?: string;
}

interface LintedVariable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query?: unknown;
  readonly datasource?: Source;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly allValue?: string;
}

export interface LintedTarget {
  readonly expr?: string;
  readonly datasource?: Source;
  readonly hide?: boolean;
}

export interface LintedPanel {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: Source;
  readonly targets?: readonly LintedTarget[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly mappings?: unknown };
    readonly overrides: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

/** A rule that was broken, and where. */
export interface Finding {
  readonly rule: string;
  readonly where: string;
}

type Check = (dashboard: Linted) => readonly string[];

/** The rules by name; each gives the places that break it. */
export const RULES: Readonly<Record<string, Check>> = {
  'template-datasource-rule': ({ templating }) => {
    const sources = templating.list.filter(({ type }) => type === 'datasource');
    if (sources.length === 0) return ['the dashboard has no variable for its data source'];
    return sources.flatMap(({ name, label, query }) => {
      const kind = String(query);
      const names = [`${kind.toLowerCase()}_datasource`, ...(sources.length === 1 ? ['datasource'] : [])];
      const labels = [`${capitalised(kind)} data source`, ...(sources.length === 1 ? ['Data source'] : [])];
      return names.includes(name) && labels.includes(label ?? '') ? [] : [`variable ${name}`];
    });
  },
  'template-job-rule': (dashboard) => severalOf(dashboard, 'job'),
  'template-instance-rule': (dashboard) => severalOf(dashboard, 'instance'),
  'template-label-promql-rule': ({ templating }) =>
    queried(templating.list).flatMap(({ name, query }) => {
      const [, call, inner] = /^([a-z_]+)\((.+)\)$/.exec(String(query)) ?? [];
      const known = ['label_names', 'label_values', 'metrics', 'query_result'].includes(call ?? '');
      // label_values(selector, label): the label after the last comma is no PromQL.
      const selector = (inner ?? '').replace(/,\s*\w+$/, '');
      return known && isPromql(withDurations(selector)) ? [] : [`variable ${name}`];
    }),
  'template-on-time-change-reload-rule': ({ templating }) =>
    queried(templating.list).flatMap(({ name, refresh }) => (refresh === 2 ? [] : [`variable ${name}`])),
  'panel-datasource-rule': (dashboard) => {
    const names = dashboard.templating.list.filter(({ type }) => type === 'datasource').map(({ name }) => name);
    const allowed = names.flatMap((name) => [`$${name}`, `\${${name}}`]);
    return panels(dashboard, ({ datasource, targets = [] }) =>
      [datasource, ...targets.map((target) => target.datasource ?? datasource)].every((source) =>
        allowed.includes(source?.uid ?? ''),
      ),
    );
  },
  'panel-title-description-rule': (dashboard) =>
    panels(dashboard, ({ title = '', description = '' }) => title !== '' && description !== ''),
  'panel-units-rule': (dashboard) =>
    panels(dashboard, ({ fieldConfig }) => {
      const properties = fieldConfig?.overrides.flatMap((override) => override.properties) ?? [];
      const units = properties.filter(({ id }) => id === 'unit').map(({ value }) => String(value));
      return [fieldConfig?.defaults.unit ?? '', ...units].every((unit) => UNITS.has(unit));
    }),
  'panel-no-targets-rule': (dashboard) => panels(dashboard, ({ targets = [] }) => targets.length > 0),
  // A parser of LogQL is not at hand: what is looked at is that a Loki query begins with a selector of streams.
  'target-logql-rule': (dashboard) =>
    targets(dashboard, isLoki, (expr) => /^[\w\s(]*\{\s*\w+\s*(=|=~|!=|!~)\s*"/.test(expr)),
  'target-logql-auto-rule': (dashboard) => targets(dashboard, isLoki, (expr) => !/\[(?!\$__auto\])[^\]]*\]/.test(expr)),
  'target-promql-rule': (dashboard) => targets(dashboard, isPrometheus, (expr) => isPromql(withDurations(expr))),
  'target-rate-interval-rule': (dashboard) =>
    promql(dashboard, (expr) => {
      // A duration that the other expression has not: where it is in the tree, the variable was.
      const marked = expr.replaceAll('$__rate_interval', '98765s').replaceAll('$__range', '1h');
      return nodesOf(parsePromql(marked), 'MatrixSelector').every((node) => {
        const isRate = ['rate', 'irate'].includes(callAround(marked, node) ?? '');
        return !isRate || marked.slice(node.from, node.to).endsWith('[98765s]');
      });
    }),
  'target-job-rule': (dashboard) => promql(dashboard, (expr) => everySelectorHas(expr, 'job')),
  'target-instance-rule': (dashboard) => promql(dashboard, (expr) => everySelectorHas(expr, 'instance')),
  'target-counter-agg-rule': (dashboard) =>
    promql(dashboard, (expr) => {
      const text = withDurations(expr);
      return selectorsOf(text)
        .filter(({ name }) => name.endsWith('_total'))
        .every(({ node }) => {
          const range = node.parent?.name === 'MatrixSelector' ? node.parent : undefined;
          return range !== undefined && ['rate', 'irate', 'increase'].includes(callAround(text, range) ?? '');
        });
    }),
  'uneditable-dashboard': ({ editable }) => (editable === false ? [] : ['the dashboard can be edited']),
};

/** Runs every rule. */
export function lint(dashboard: Linted): Finding[] {
  return Object.entries(RULES).flatMap(([rule, check]) => check(dashboard).map((where) => ({ rule, where })));
}

function severalOf({ templating }: Linted, name: string): string[] {
  const variable = templating.list.find((one) => one.name === name);
  const isRight =
    variable?.type === 'query' &&
    variable.multi === true &&
    variable.allValue === '.+' &&
    variable.label === capitalised(name) &&
    /^\$(\{datasource\}|datasource|\{prometheus_datasource\}|prometheus_datasource)$/.test(
      variable.datasource?.uid ?? '',
    );
  return isRight ? [] : [`variable ${name}`];
}

function queried(variables: readonly LintedVariable[]): readonly LintedVariable[] {
  return variables.filter(({ type }) => type === 'query');
}

/** The panels that break a rule; rows have nothing to show. */
function panels(dashboard: Linted, isRight: (panel: LintedPanel) => boolean): string[] {
  return dashboard.panels
    .filter(({ type }) => type !== 'row')
    .filter((panel) => !isRight(panel))
    .map(({ title }) => `panel ${title}`);
}

function targets(
  dashboard: Linted,
  isMeant: (target: LintedTarget, panel: LintedPanel) => boolean,
  isRight: (expr: string) => boolean,
): string[] {
  return dashboard.panels.flatMap((panel) =>
    (panel.targets ?? [])
      .filter((target) => target.hide !== true && isMeant(target, panel))
      .filter(({ expr = '' }) => !isRight(expr))
      .map(({ expr }) => `panel ${panel.title}: ${expr}`),
  );
}

/** As `targets`; what is no PromQL is another rule's matter. */
function promql(dashboard: Linted, isRight: (expr: string) => boolean): string[] {
  return targets(dashboard, isPrometheus, (expr) => !isPromql(withDurations(expr)) || isRight(expr));
}

function isLoki(target: LintedTarget, panel: LintedPanel): boolean {
  return (target.datasource ?? panel.datasource)?.type === 'loki';
}

function isPrometheus(target: LintedTarget, panel: LintedPanel): boolean {
  return !isLoki(target, panel);
}

function isPromql(expression: string): boolean {
  try {
    parsePromql(expression);
    return expression.trim() !== '';
  } catch {
    return false;
  }
}

function everySelectorHas(expr: string, label: string): boolean {
  return selectorsOf(withDurations(expr)).every(({ matchers }) =>
    matchers.some((matcher) => matcher.label === label && matcher.operator === '=~' && matcher.value === `$${label}`),
  );
}

function capitalised(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
