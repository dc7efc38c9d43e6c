import type { Workspace } from '../plan/workspace.js';
import type { ReachedFile } from '../project/import-graph.js';
import type { OwnMetrics } from '../project/own-metrics.js';
import type { Project } from '../project/project.js';
import type { Answers } from '../wizard/answers.js';
import type { PlannedMonitoring } from './plan-monitoring.js';

/** What is asked of a target's search, when the user already said something. */
export interface Wish {
  readonly entry?: string | undefined;
  /** The variable that holds the app. */
  readonly app?: string | undefined;
}

/** Where in the target the app object is created, and where the process starts. */
export interface Site {
  /** The file that is edited, relative to the target. */
  readonly entry: string;
  /** 1-based line of the app's creation. */
  readonly line: number;
  /** The file that the process starts with, when it is another one that leads to the entry. */
  readonly start: string | undefined;
  /** The files that the app is made of, as far as imports tell. */
  readonly reached: readonly ReachedFile[];
}

/** What a target's plan has found out that the report tells. */
export interface Applied {
  readonly monitoring: PlannedMonitoring;
  /** The metrics of the target's own code. */
  readonly own: OwnMetrics;
}

/** One framework that the tool can add metrics to. */
export interface Target<Found extends Site = Site> {
  readonly id: string;
  /** The framework's name, as people write it. */
  readonly title: string;
  /** Whether the project is one of this framework. */
  matches(project: Project): boolean;
  /**
   * Finds the app.
   *
   * @throws RefusedError when there is none, or more than one, that can be edited safely
   * @throws UsageError when the wish names a file that is not there
   */
  locate(project: Project, wish: Wish): Found;
  /**
   * Plans everything for this framework into the workspace.
   *
   * @throws RefusedError when the entry cannot be edited safely
   */
  apply(project: Project, site: Found, answers: Answers, workspace: Workspace): Applied;
}
