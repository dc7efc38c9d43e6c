import { posix } from 'node:path';
import { literalValue, resolveConstant, scopeOf } from '../../languages/typescript/object-literal.js';
import { findClusterCode } from '../../project/cluster-code.js';
import { reachedFrom } from '../../project/code/import-closure.js';
import type { Sources } from '../../project/code/sources.js';
import { dockerCommand } from '../../project/docker-command.js';
import { parseManifest } from '../../project/manifest.js';
import { findPm2File } from '../../project/pm2.js';
import { type Pm2App, type Pm2Apps, readPm2Apps } from '../../project/pm2-apps.js';
import { pm2Commands } from '../../project/pm2-commands.js';
import { countIn, positive } from '../../project/process-count.js';
import { type Files, readIfText } from '../../project/source-files.js';
import { sourceOf } from '../../project/start-command.js';
import { readTypescriptConfig } from '../../project/tsconfig.js';

/** Something that runs a service in several processes. */
export interface Serving {
  readonly by: 'cluster' | 'pm2';
  /** The file that says so, relative to the target. */
  readonly path: string;
  /** Counted from 1; undefined where a whole file says so. */
  readonly line: number | undefined;
  /** The source files that run in the processes, by their paths. */
  readonly runs: (path: string) => boolean;
}

/** Everything in a target that runs code in several processes: cluster code, PM2's process files and commands. */
export function findServing(root: string, files: Files, sources: Sources): Serving[] {
  return [...clusters(sources), ...sources.packages.flatMap((folder) => pm2In(folder, root, files, sources))];
}

function clusters(sources: Sources): Serving[] {
  const found: Serving[] = [];
  for (const [path, text] of sources.texts) {
    const code = findClusterCode(path, text);
    if (code === undefined) continue;
    const starts = [path, ...workerFiles(path, text, sources)];
    const reached = new Set(starts.flatMap((start) => [...reachedFrom(start, sources)]));
    const runs = (other: string) => reached.has(other) || reachedFrom(other, sources).has(path);
    found.push({ by: 'cluster', path, line: code.line, runs });
  }
  return found;
}

/** `cluster.setupPrimary({ exec: './worker.js' })`: a text that names a file beside, or from the package's root. */
function workerFiles(path: string, text: string, sources: Sources): string[] {
  const names = [...text.matchAll(/\bexec["']?\s*:[^\n]*?(['"`])([^'"`\n]+\.[cm]?[jt]s)\1/g)].map(
    (match) => match[2] ?? '',
  );
  return names.flatMap((name) => {
    const places = [posix.dirname(path), '.'].map((folder) => posix.normalize(posix.join(folder, name)));
    return places.filter((place) => sources.texts.has(place)).slice(0, 1);
  });
}

function pm2In(folder: string, root: string, files: Files, sources: Sources): Serving[] {
  const inFolder: Files = {
    read: (path) => files.read(posix.join(folder, path)),
    exists: (path) => files.exists(posix.join(folder, path)),
  };
  const typescript = readTypescriptConfig(posix.join(root, folder), '.');
  const runsFrom = (script: string | undefined) => {
    const source = script === undefined ? undefined : sourceOf(inFolder, script, typescript);
    const reached = source === undefined ? undefined : reachedFrom(posix.join(folder, source), sources);
    // What cannot be told (npm, a binary) may be any code of the package.
    return (path: string) => reached?.has(path) ?? (folder === '.' || path.startsWith(`${folder}/`));
  };
  const commands = pm2Commands(manifestIn(inFolder), dockerCommand(inFolder));
  const several = commands.filter(
    ({ file, instances }) => file !== undefined && instances !== undefined && isSeveral(instances.value),
  );
  const byCommand = several.map((command): Serving => {
    const path = posix.join(folder, command.script === undefined ? 'Dockerfile' : 'package.json');
    return { by: 'pm2', path, line: undefined, runs: runsFrom(command.isForeign ? undefined : command.file) };
  });
  const names = [
    ...new Set([...commands.flatMap(({ config }) => config ?? []), ...(findPm2File(inFolder)?.path ?? '').split('\n')]),
  ];
  const byFile = names.flatMap((name): Serving[] => {
    const text = name === '' || /\.ya?ml$/.test(name) ? undefined : readIfText(inFolder, name);
    if (text === undefined) return [];
    const apps = readPm2Apps(name, text);
    return apps.apps
      .filter((app) => runsInSeveral(apps, app))
      .map((app) => {
        const line =
          apps.file.getLineAndCharacterOfPosition((app.instances ?? app.object).getStart(apps.file)).line + 1;
        const isHere = app.script !== undefined && !posix.isAbsolute(app.script) && !posix.isAbsolute(app.cwd ?? '.');
        const script = isHere ? posix.join(app.cwd ?? '.', app.script ?? '') : undefined;
        return { by: 'pm2', path: posix.join(folder, name), line, runs: runsFrom(script) };
      });
  });
  return [...byCommand, ...byFile];
}

/** PM2's `max` and numbers below 1 stand for the number of processors. */
function isSeveral(instances: string): boolean {
  const count = Number(instances);
  return Number.isNaN(count) ? instances === 'max' : (positive(count) ?? 2) > 1;
}

function runsInSeveral({ file }: Pm2Apps, { instances }: Pm2App): boolean {
  if (instances === undefined) return false;
  const scope = scopeOf(file);
  const value = literalValue(resolveConstant(instances, scope));
  if (value !== undefined) return isSeveral(String(value));
  const count = countIn(instances, scope);
  return count === undefined ? /cpus|Parallelism/.test(instances.getText(file)) : count > 1;
}

function manifestIn(files: Files): ReturnType<typeof parseManifest> {
  try {
    return parseManifest(readIfText(files, 'package.json') ?? '{}', 'package.json');
  } catch {
    return parseManifest('{}', 'package.json'); // not valid: it starts nothing
  }
}
