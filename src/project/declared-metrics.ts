import type { OwnMetric } from '../metrics/own-metric.js';

/** A declaration that no panel can be made of, or that contradicts another one. */
export interface OwnMetricProblem {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly reason: string;
}

/** What the target's own code declares. */
export interface OwnMetrics {
  /** Each once, sorted by name. */
  readonly metrics: readonly OwnMetric[];
  readonly problems: readonly OwnMetricProblem[];
}

/** A declaration of what the generated code declares, too: clients take a name once, and end the service at the second. */
export interface Clash {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly name: string;
}

/** What a search finds. */
export interface FoundMetrics extends OwnMetrics {
  readonly clashing: readonly Clash[];
}

/** What becomes of a declaration. */
export type Judged = OwnMetric | OwnMetricProblem | { readonly clash: Clash };

/** All that was found, each kind apart. */
export function gatherMetrics(judged: readonly Judged[]): FoundMetrics {
  const metrics = judged.flatMap((each) => ('reason' in each || 'clash' in each ? [] : each));
  const problems = judged.flatMap((each) => ('reason' in each ? each : []));
  const clashing = judged.flatMap((each) => ('clash' in each ? each.clash : []));
  return { ...mergeMetrics(metrics, problems), clashing };
}

/** One metric for each name; the first declaration counts, and one that contradicts it is a problem. */
function mergeMetrics(metrics: readonly OwnMetric[], problems: readonly OwnMetricProblem[]): OwnMetrics {
  const byName = new Map<string, OwnMetric>();
  const contradictions: OwnMetricProblem[] = [];
  for (const metric of metrics) {
    const first = byName.get(metric.name);
    if (first === undefined) byName.set(metric.name, metric);
    else contradictions.push(...contradiction(first, metric));
  }
  const inOrder = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { metrics: inOrder, problems: [...problems, ...contradictions] };
}

function contradiction(first: OwnMetric, second: OwnMetric): OwnMetricProblem[] {
  const other = `${first.path}:${first.line}`;
  const { path, line, name } = second;
  if (first.type !== second.type) {
    return [{ path, line, reason: `${name} is a ${second.type} here and a ${first.type} in ${other}` }];
  }
  const labelsOf = ({ labels }: OwnMetric) => [...labels].sort().join(', ') || 'none';
  if (labelsOf(first) === labelsOf(second)) return [];
  const reason = `${name} has the labels ${labelsOf(second)} here and ${labelsOf(first)} in ${other}`;
  return [{ path, line, reason }];
}
