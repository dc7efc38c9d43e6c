import { AmbiguousAppError, RefusedError, UsageError } from '../../../errors.js';
import { type ReachedFile, reachedFiles, wholeProgram } from '../../../project/import-graph.js';
import { mayBeInstrumented } from '../../../project/instrumentation.js';
import type { NodeProject } from '../../../project/node-project.js';
import { startFiles } from '../../../project/start-command.js';
import type { Site, Wish } from '../../target.js';
import { candidateApps, type ExpressApp, findExpressApps } from './find-app.js';
import { findHandWired, type HandWired } from './hand-wired.js';
import { linesToAdd } from './snippets.js';
import { refuseOldExpress } from './supported-version.js';

export interface ExpressSite extends Site {
  /** The call to put ours around, or the lines that the user has written already. */
  readonly app: ExpressApp | HandWired;
}

interface Found {
  readonly file: ReachedFile;
  readonly apps: readonly ExpressApp[];
  readonly wired: HandWired | undefined;
}

/**
 * Finds where an Express app is created: from the files that start the process, along their imports, in the nearest
 * file that calls `express()`, or that the user has wired by hand.
 *
 * @throws RefusedError for an Express before 4, when no file does, or several apps remain and `wish.app` does not say which
 * @throws UsageError when `wish.entry` is not a file of the target
 */
export function locateExpressApp(project: NodeProject, wish: Wish): ExpressSite {
  refuseOldExpress(project.manifest);
  const starts = () => startFiles(project.files, project.manifest, project.typescript);
  const found = wish.entry === undefined ? nearestOf(project, starts()) : fromEntry(project, wish.entry);
  if (found === undefined) throw noApp(project, wish.entry ?? [...starts()][0]);
  const app = found.wired ?? chooseApp(found, wish.app);
  return { entry: found.file.path, app, line: app.line, ...walkFromStart(project, starts(), found.file.path) };
}

function nearestOf(project: NodeProject, starts: Iterable<string>): Found | undefined {
  for (const start of starts) {
    const found = nearestApp(project, start);
    if (found) return found;
  }
  return undefined;
}

function fromEntry(project: NodeProject, entry: string): Found | undefined {
  if (project.files.read(entry) === undefined) {
    throw new UsageError(`The entry file ${entry} is not there.`, 'Give --entry a path relative to the target.');
  }
  return nearestApp(project, entry);
}

/** The apps of the nearest file that has any; several files at one distance are several candidates. */
function nearestApp(project: NodeProject, start: string): Found | undefined {
  let nearest: Found | undefined;
  for (const file of reachedFiles(project.files, start, project.typescript, project.manifest.imports)) {
    if (nearest && file.depth > nearest.file.depth) break;
    const wired = findHandWired(file.path, file.text);
    const apps = file.text.includes('express') ? findExpressApps(file.path, file.text) : [];
    if (apps.length === 0 && wired === undefined) continue;
    if (nearest) throw severalFiles([nearest.file, file]);
    nearest = { file, apps, wired };
  }
  return nearest;
}

function chooseApp({ file, apps }: Found, name: string | undefined): ExpressApp {
  const named = name === undefined ? apps : apps.filter((app) => app.name === name);
  const candidates = candidateApps(named);
  const [app, ...others] = candidates;
  if (app !== undefined && others.length === 0) return app;
  if (app === undefined)
    throw new UsageError(`No app in ${file.path} is called ${name}.`, `There are: ${names(apps)}.`);
  throw new AmbiguousAppError(
    `${file.path} creates several apps (${candidates.map(({ line }) => `line ${line}`).join(', ')}), and nothing says which one serves.`,
    `Name its variable: add-prom-metrics add --app <name> (${names(candidates)}).`,
    [linesToAdd(file, candidates.map(({ line }) => line).join(', '))],
    candidates.flatMap((candidate) => candidate.name ?? []),
  );
}

function names(apps: readonly ExpressApp[]): string {
  return apps.map(({ name, line }) => name ?? `unnamed, line ${line}`).join(', ');
}

function walkFromStart(
  project: NodeProject,
  starts: Iterable<string>,
  entry: string,
): { start: string | undefined; reached: readonly ReachedFile[] } {
  const { files, typescript, manifest } = project;
  const most = mayBeInstrumented(manifest) ? wholeProgram : undefined;
  const walk = (path: string) => [...reachedFiles(files, path, typescript, manifest.imports, most)];
  for (const start of starts) {
    const reached = walk(start);
    if (start === entry) return { start: undefined, reached };
    if (reached.some(({ path }) => path === entry)) return { start, reached };
  }
  return { start: undefined, reached: walk(entry) };
}

function severalFiles(files: readonly ReachedFile[]): RefusedError {
  return new RefusedError(
    `Several files create an Express app: ${files.map(({ path }) => path).join(', ')}.`,
    'Say which one serves: add-prom-metrics add --entry <file>.',
    files.map((file) => linesToAdd(file, '')),
  );
}

function noApp(project: NodeProject, entry: string | undefined): RefusedError {
  return new RefusedError(
    `No call of express() was found${entry === undefined ? '' : ` in ${entry} or in what it imports`}.`,
    'Name the file that creates the app (add-prom-metrics add --entry <file>), or add the lines below by hand.',
    [
      linesToAdd(
        {
          path: entry ?? 'the file that creates the app',
          text: entry === undefined ? '' : (project.files.read(entry) ?? ''),
        },
        '',
      ),
    ],
  );
}
