import { posix } from 'node:path';
import type { Workspace } from '../../../plan/workspace.js';
import type { NodeProject } from '../../../project/node-project.js';
import { clusterCode, detectServing, type Serving } from '../../../project/workers.js';
import type { Answers } from '../../../wizard/answers.js';
import type { Site } from '../../target.js';
import { builtPath } from './build-output.js';
import { findHazards, type Hazard } from './hazards.js';
import { planPm2 } from './pm2-edits.js';
import { launchInScripts } from './start-script.js';

/** The launcher of a service, to be generated; paths as a command in the target names them. */
export interface Launcher {
  /** `dist/server.js` */
  readonly program: string;
  /** `dist/metrics/cluster.js` */
  readonly path: string;
}

/**
 * Plans how the service is run with the number of workers that was asked for, by what runs it today:
 *
 * - cluster code: it forks by itself, nothing is added; another number is left to the user;
 * - PM2: its process file or command gets the number;
 * - nothing: a launcher, put before the start file in the start script.
 *
 * A number that nobody asked for changes nothing.
 *
 * @param folder the metrics folder, relative to the target
 * @param extension of the generated files: `.js`, `.ts` …
 * @returns the launcher, where one is needed
 */
export function planServing(
  project: NodeProject,
  site: Site,
  answers: Answers,
  folder: string,
  extension: string,
  workspace: Workspace,
): Launcher | undefined {
  if (answers.workersFound !== undefined) return undefined;
  const start = site.start ?? site.entry;
  const serving = detectServing(project, site.reached);
  if (answers.workers === serving.workers) return undefined;
  if (serving.by === 'pm2') planPm2(project, start, answers.workers, workspace);
  if (serving.by === 'cluster') leaveToTheUser(project, site, answers.workers, workspace);
  if (serving.by !== 'single') return undefined;
  const sources = { start, launcher: posix.join(folder, `cluster${extension}`) };
  const launch = launchInScripts(project, sources, workspace);
  const path = launch?.launcher ?? builtPath(project, sources.launcher);
  return { program: launch?.program ?? builtPath(project, start), path: posix.normalize(path) };
}

/**
 * What would not survive the number of workers that was asked for; nothing where that does not grow.
 *
 * @param serving how the service is run without us
 */
export function hazardsOf(site: Site, answers: Answers, serving: Serving): Hazard[] {
  const grows = answers.workersFound === undefined && answers.workers > serving.workers && serving.by !== 'cluster';
  return grows ? findHazards(site.reached) : [];
}

function leaveToTheUser(project: NodeProject, { reached }: Site, count: number, workspace: Workspace): void {
  const code = clusterCode(project, reached);
  if (code === undefined) return;
  workspace.manual({
    path: code.path,
    reason: `line ${code.line} starts the worker processes by itself, so nothing is added to it; to serve with ${count}, set the number there`,
    snippet: '',
  });
}
