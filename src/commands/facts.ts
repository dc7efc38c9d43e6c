import { relative } from 'node:path';
import type { OwnMetric } from '../metrics/own-metric.js';
import type { OwnMetrics } from '../project/declared-metrics.js';
import type { Project } from '../project/project.js';
import type { BoundTarget } from '../targets/all.js';
import type { Hazard } from '../targets/node/serving/hazards.js';
import type { Decision } from './decide.js';

/** What the JSON document tells of the repository. */
export interface Facts {
  /** What would not survive the number of processes that was asked for. */
  readonly hazards: readonly Hazard[];
  readonly [fact: string]: unknown;
}

/** The facts that a run rests on, for the JSON document; paths are relative to the target. */
export function describeFacts({ id, facts, project }: BoundTarget, { located, serving, hazards }: Decision): Facts {
  const { site } = located;
  return {
    framework: id,
    ...facts,
    git: project.gitRoot !== undefined,
    entry: site.entry,
    start: site.start ?? site.entry,
    serving: { by: serving.by, workers: serving.workers, file: serving.path ?? null },
    hazards,
  };
}

/** The metrics of the target's own code, for the JSON document. */
export function describeOwnMetrics({ metrics, problems }: OwnMetrics): OwnMetricFacts {
  const ownMetrics = metrics.map(({ name, type, labels, path, line }) => ({ name, type, labels, path, line }));
  return { ownMetrics, ownMetricProblems: problems };
}

/** Metrics that the dashboard does not show, as lines for the summary; empty without any. */
export function ownMetricLines(facts: object = {}): string {
  const { ownMetricProblems = [] }: Partial<OwnMetricFacts> = facts;
  return ownMetricProblems.map(({ path, line, reason }) => `  ${path}:${line}: ${reason}`).join('\n');
}

interface OwnMetricFacts {
  readonly ownMetrics: readonly Pick<OwnMetric, 'name' | 'type' | 'labels' | 'path' | 'line'>[];
  readonly ownMetricProblems: OwnMetrics['problems'];
}

/** The hazards as lines for the summary; empty without any. */
export function hazardLines(facts: object = {}): string {
  const { hazards = [] }: Partial<Facts> = facts;
  return hazards.map(({ path, line, what, why }) => `  ${path}:${line}: ${what}: ${why}`).join('\n');
}

/** The target's path in its git repository; empty at its root, and without git. */
export function pathInGit({ root, gitRoot }: Project): string {
  return gitRoot === undefined ? '' : relative(gitRoot, root);
}
