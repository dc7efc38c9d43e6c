import type { Workspace } from '../plan/workspace.js';
import type { Client } from '../project/clients.js';
import type { OwnMetrics } from '../project/declared-metrics.js';
import type { Folders } from '../project/deployment.js';
import type { ReachedFile } from '../project/import-graph.js';
import type { Project } from '../project/project.js';
import type { TakenRoute } from '../project/routes.js';
import type { Serving } from '../project/workers.js';
import type { Answers } from '../wizard/answers.js';
import type { Hazard } from './node/serving/hazards.js';
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

/** What a repository says of the answers to come. */
export interface Detected {
  /** The package's own name. */
  readonly name: string | undefined;
  readonly serving: Serving;
  /** Whether the service talks to Redis already. */
  readonly redis: boolean;
  /** Where the app answers a path already. */
  takenRoute(path: string): TakenRoute | undefined;
}

/** One framework that the tool can add metrics to. */
export interface Target<Facts extends Project = Project, Found extends Site = Site> {
  readonly id: string;
  /** The framework's name, as people write it. */
  readonly title: string;
  /** The metrics clients that its generated code can stand on, the usual one first. */
  readonly clients: readonly [Client, ...Client[]];
  /**
   * Reads the facts of the target directory.
   *
   * @param root absolute path of the directory
   * @param files its files, as they are without us
   * @returns undefined when what is there is not of this framework
   * @throws RefusedError when it is, and cannot be read
   */
  read(root: string, files: Folders): Promise<Facts | undefined>;
  /** The client that the project depends on already, if any. */
  installedClient(project: Facts): Client | undefined;
  /**
   * Finds the app.
   *
   * @throws RefusedError when there is none, or more than one, that can be edited safely
   * @throws UsageError when the wish names a file that is not there
   */
  locate(project: Facts, wish: Wish): Found;
  /** @param site undefined as long as the app was not found */
  detect(project: Facts, site: Found | undefined): Detected;
  /** What would not survive the number of processes that was asked for. */
  hazards(site: Found, answers: Answers, serving: Serving): readonly Hazard[];
  /** What the JSON document tells of the repository beside what every target has. */
  describe(project: Facts): Readonly<Record<string, unknown>>;
  /**
   * The command that starts the service by hand, in the target's folder.
   *
   * @param port what it is to listen to, for a shell that does not say it in PORT
   */
  startCommand(project: Facts, site: Found, port?: number): string;
  /**
   * Plans everything for this framework into the workspace.
   *
   * @throws RefusedError when the entry cannot be edited safely
   */
  apply(project: Facts, site: Found, answers: Answers, workspace: Workspace): Applied;
}
