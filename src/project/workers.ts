import { posix } from 'node:path';
import { scopeOf } from '../languages/typescript/object-literal.js';
import { type ClusterCode, findClusterCode } from './cluster-code.js';
import { dockerCommand } from './docker-command.js';
import type { ReachedFile } from './import-graph.js';
import type { NodeProject } from './node-project.js';
import { findPm2File } from './pm2.js';
import { type Pm2App, type Pm2Apps, readPm2Apps } from './pm2-apps.js';
import { type Pm2Command, pm2Commands } from './pm2-commands.js';
import { countIn, positive } from './process-count.js';
import { readIfText } from './source-files.js';
import { sourceOf } from './start-command.js';

/** What runs the service in several processes today, and in how many. */
export interface Serving {
  readonly by: 'single' | 'cluster' | 'pm2' | 'gunicorn';
  /**
   * Worker processes; 1 when nothing says a number, and 2, the least that it can be, where the number is that of the
   * processors.
   */
  readonly workers: number;
  /** The file that says so. */
  readonly path: string | undefined;
}

type Facts = Pick<NodeProject, 'files' | 'manifest' | 'typescript'>;

/**
 * How the service is run: by a PM2 file or a `pm2` command that starts it, by cluster code in the files that are reached
 * from the start or beside them, else as one process.
 *
 * @param reached the files that the app is made of, the one that the process starts with first
 */
export function detectServing(project: Facts, reached: readonly ReachedFile[]): Serving {
  const start = reached[0]?.path;
  const commands = pm2Commands(project.manifest, dockerCommand(project.files));
  const file = pm2Serving(project, start, commands);
  if (file !== undefined) return { by: 'pm2', workers: file.workers, path: file.path };
  const starting = commands.filter(({ file }) => file !== undefined && !isOther(project, file, start));
  const [command] = starting;
  if (command !== undefined) {
    const counts = starting.map(({ instances }) => (instances === undefined ? 1 : (positive(instances.value) ?? 2)));
    return {
      by: 'pm2',
      workers: Math.max(...counts),
      path: command.script === undefined ? 'Dockerfile' : 'package.json',
    };
  }
  const cluster = clusterCode(project, reached);
  if (cluster !== undefined) return { by: 'cluster', workers: cluster.workers ?? 2, path: cluster.path };
  return { by: 'single', workers: 1, path: undefined };
}

/** The PM2 process file that runs the service, and how many processes it starts. */
export interface Pm2Serving {
  readonly path: string;
  readonly apps: Pm2Apps;
  readonly workers: number;
  /** The apps that start the service; none where that cannot be told. */
  readonly matching: readonly Pm2App[];
}

/**
 * The PM2 process file that the scripts name, or that has one of the usual names; undefined when there is none, or it
 * certainly runs other things.
 *
 * @param start the file that the service's process starts with
 */
export function pm2Serving(
  project: Facts,
  start: string | undefined,
  commands: readonly Pm2Command[] = pm2Commands(project.manifest, dockerCommand(project.files)),
): Pm2Serving | undefined {
  const path = commands.find(({ config }) => config !== undefined)?.config ?? findPm2File(project.files)?.path;
  const text = path === undefined ? undefined : readIfText(project.files, path);
  if (path === undefined || text === undefined) return undefined;
  if (/\.ya?ml$/.test(path)) return { path, apps: readPm2Apps('none.json', '[]'), workers: 1, matching: [] };
  const apps = readPm2Apps(path, text);
  const matching = apps.apps.filter((app) => start !== undefined && sourceOfApp(project, app) === start);
  const unclear = apps.apps.filter((app) => sourceOfApp(project, app) === undefined);
  if (matching.length === 0 && unclear.length === 0 && apps.apps.length > 0 && !apps.isOpaque) return undefined;
  const counts = (matching.length > 0 ? matching : unclear).map((app) => instancesOf(apps, app));
  return { path, apps, workers: Math.max(1, ...counts), matching };
}

function instancesOf({ file }: Pm2Apps, { instances }: Pm2App): number {
  return instances === undefined ? 1 : (countIn(instances, scopeOf(file)) ?? 2);
}

function sourceOfApp({ files, typescript }: Facts, { script, cwd = '.' }: Pm2App): string | undefined {
  // A path into another folder of the machine; there, or by npm, anything may run.
  if (script === undefined || posix.isAbsolute(cwd) || posix.isAbsolute(script)) return undefined;
  return sourceOf(files, posix.join(cwd, script), typescript);
}

/** Whether a file that a command names is certainly not the one that the service starts with. */
function isOther({ files, typescript }: Facts, path: string, start: string | undefined): boolean {
  const source = sourceOf(files, path, typescript);
  return source !== undefined && start !== undefined && source !== start;
}

/** The cluster code in the files that the service is made of, or in a file of that name beside them. */
export function clusterCode({ files }: Pick<Facts, 'files'>, reached: readonly ReachedFile[]): ClusterCode | undefined {
  for (const { path, text } of reached) {
    const found = findClusterCode(path, text);
    if (found !== undefined) return found;
  }
  const folders = ['.', ...reached.slice(0, 1).map(({ path }) => posix.dirname(path))];
  for (const path of folders.flatMap((folder) => besideNames.map((name) => posix.join(folder, name)))) {
    const text = readIfText(files, path);
    const found = text === undefined ? undefined : findClusterCode(path, text);
    if (found !== undefined) return found;
  }
  return undefined;
}

const besideNames = ['cluster', 'clusters', 'primary', 'master'].flatMap((name) =>
  ['.js', '.cjs', '.mjs', '.ts', '.mts', '.cts'].map((extension) => name + extension),
);
