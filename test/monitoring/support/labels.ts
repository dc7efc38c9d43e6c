import type { SyntaxNode } from '@lezer/common';
import type { Monitoring } from '../../../src/monitoring/monitoring.js';
import { nodesOf, parsePromql, selectorsOf } from '../grafana/support/promql.js';

/** Labels that Prometheus puts on everything that it scrapes. */
const ofTarget = ['application', 'job', 'instance'];

/** The labels that each series has, by the series' name: those of the catalogue and of the user's own metrics. */
export function labelsBySeries({ catalogue, own }: Monitoring): ReadonlyMap<string, readonly string[]> {
  const worker = (perWorker: boolean) => (perWorker && catalogue.multiprocess ? ['worker'] : []);
  const declared = [
    ...Object.values(catalogue.metrics).map(({ labels, perWorker, ...metric }) => ({
      ...metric,
      labels: [...labels, ...worker(perWorker)],
    })),
    // Python's client keeps the processes of such a gauge apart.
    ...own.map(({ labels, aggregator, ...metric }) => ({
      ...metric,
      labels: [...labels, ...(/^(live)?all$/.test(aggregator ?? '') ? ['pid'] : [])],
    })),
  ];
  const scraped = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];
  const limits = ['scrape_samples_post_metric_relabeling', 'scrape_sample_limit'];
  return new Map<string, readonly string[]>([
    ...[...scraped, ...limits].map((name) => [name, ofTarget] as const),
    ...declared.flatMap(({ name, type, labels }): [string, string[]][] => {
      const all = [...ofTarget, ...labels];
      const parts: [string, string[]][] = [
        [`${name}_sum`, all],
        [`${name}_count`, all],
      ];
      if (type === 'histogram') return [...parts, [`${name}_bucket`, [...all, 'le']]];
      return type === 'summary' ? [...parts, [name, [...all, 'quantile']]] : [[name, all]];
    }),
  ]);
}

/** The labels that an expression names, in matchers, groupings and joins, of series that do not have them. */
export function strangeLabels(expression: string, known: ReadonlyMap<string, readonly string[]>): string[] {
  const strange: string[] = [];
  const check = (label: string, name: string) => {
    if (!(known.get(name) ?? []).includes(label)) strange.push(`${name} has no ${label}`);
  };
  const selectors = selectorsOf(expression);
  for (const { name, matchers } of selectors) for (const { label } of matchers) check(label, name);
  for (const grouping of nodesOf(parsePromql(expression), 'GroupingLabels')) {
    // What is grouped or joined stands beside the labels.
    const whole = grouping.parent?.parent;
    const inside = selectors.filter(({ node }) => whole && whole.from <= node.from && node.to <= whole.to);
    for (const label of textsOf(grouping, expression)) for (const { name } of inside) check(label, name);
  }
  return strange;
}

/** The labels that an expression's series are left with; undefined where no aggregation says so. */
export function labelsLeft(expression: string): readonly string[] | undefined {
  const top = parsePromql(expression).topNode.firstChild;
  if (top?.name !== 'AggregateExpr') return undefined;
  const grouping = top.getChild('AggregateModifier')?.getChild('GroupingLabels');
  return grouping == null ? [] : textsOf(grouping, expression);
}

function textsOf(grouping: SyntaxNode, expression: string): string[] {
  return grouping.getChildren('LabelName').map(({ from, to }) => expression.slice(from, to));
}
