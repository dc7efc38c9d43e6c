import { posix } from 'node:path';
import { AmbiguousAppError, type ManualStep, RefusedError, UsageError } from '../../../errors.js';
import { type PythonParser, syntaxProblem } from '../../../languages/python/parse.js';
import type { Folders } from '../../../project/deployment.js';
import { type PythonCode, pythonCode } from '../../../project/python/code.js';
import {
  configOf,
  type GunicornCommand,
  gunicornCommands,
  readGunicornConfig,
} from '../../../project/python/gunicorn.js';
import { appReference } from '../../../project/python/gunicorn-options.js';
import { pythonFiles } from '../../../project/python/python-files.js';
import { type FlaskApp, flaskAppsIn } from './find-app.js';
import { flaskReferences } from './flask-references.js';
import { findHandWired, type HandWired } from './hand-wired.js';
import { resolveApp } from './resolve-app.js';

/** Where a Flask app is created, and how it is served. */
export interface LocatedApp {
  /** The file that is edited. */
  readonly entry: string;
  /** The call to wire, or the lines that the user has written already. */
  readonly app: FlaskApp | HandWired;
  /** The module that the server loads, when it is another file. */
  readonly start: string | undefined;
  /** The dotted name under which Python imports the entry; undefined when it is known to be run as a script only. */
  readonly module: string | undefined;
  /** The command that serves it, where one is known. */
  readonly command: GunicornCommand | undefined;
  readonly code: PythonCode;
}

/** A way that leads to apps. */
interface Found {
  readonly apps: readonly FlaskApp[];
  readonly start: string;
  readonly command: GunicornCommand | undefined;
  readonly code: PythonCode;
}

/**
 * Finds where the app is created: from what gunicorn is told to serve, else from what Flask is told, else in the usual
 * files, else in any file of the target.
 *
 * @param wish the file, and the name of the variable or function, that the user named
 * @throws RefusedError when there is no app
 * @throws AmbiguousAppError when several remain, and nothing says which one serves
 * @throws UsageError when the named file is not there
 */
export function locateFlaskApp(
  files: Folders,
  parser: PythonParser,
  wish: { readonly entry?: string | undefined; readonly app?: string | undefined },
): LocatedApp {
  const ways = search(files, parser, wish.entry);
  const wired = wish.entry === undefined ? undefined : wiredIn(files, parser, wish.entry);
  if (wired !== undefined) return wired;
  const chosen = choose(ways, wish.app) ?? noApp(files, parser, wish.entry);
  if (chosen instanceof RefusedError) {
    const byHand = wish.entry === undefined ? onlyWired(files, parser) : undefined;
    if (byHand === undefined) throw chosen;
    return byHand;
  }
  const { app, command, code, start } = chosen;
  const handWired = wiredIn(files, parser, app.path);
  return {
    entry: app.path,
    app: handWired?.app ?? app,
    start: start === app.path ? undefined : start,
    module: moduleName(code, app.path),
    command,
    code,
  };
}

/** More than one way only where nothing says which of them serves. */
function search(files: Folders, parser: PythonParser, entry: string | undefined): Found[] {
  const commands = gunicornCommands(files);
  if (entry !== undefined) return [named(files, parser, posix.normalize(entry), commands)];
  const ways = commands
    .flatMap((command) => served(files, parser, command) ?? [])
    .filter(({ apps }) => apps.length > 0);
  if (ways.length > 0) return mostTelling(ways);
  const [command] = commands.filter(({ app }) => app === undefined);
  for (const { module, name, folder } of flaskReferences(files)) {
    const code = pythonCode(files, parser, [...new Set([folder, '.'])]);
    const start = module.endsWith('.py') ? posix.normalize(module) : code.find(module);
    const apps = start === undefined ? [] : appsOf(code, start, name);
    if (start !== undefined && apps.length > 0) return [{ apps, start, command, code }];
  }
  const found = unreferenced(pythonCode(files, parser), command);
  return found === undefined ? [] : [found];
}

/**
 * Of gunicorn's commands those that say most plainly what serves: the Procfile's `web` by itself; else all that a file of
 * the deployment names; then scripts that nothing calls, and commands that watch for changes.
 */
function mostTelling(ways: readonly Found[]): Found[] {
  const web = ways.find(({ command }) => command?.process === 'web' && !command.reload);
  if (web !== undefined) return [web];
  const rank = ({ command }: Found) => (command?.reload ? 2 : command?.isLoose ? 1 : 0);
  const best = Math.min(...ways.map(rank));
  return ways.filter((way) => rank(way) === best);
}

/** The named file's own apps, or those that it leads to; served by the command that leads to the same ones. */
function named(files: Folders, parser: PythonParser, entry: string, commands: readonly GunicornCommand[]): Found {
  if (files.read(entry) === undefined) {
    throw new UsageError(`The entry file ${entry} is not there.`, 'Give --entry a path relative to the target.');
  }
  for (const command of commands) {
    const found = served(files, parser, command);
    const inEntry = found?.apps.filter(({ path }) => path === entry) ?? [];
    if (found !== undefined && (inEntry.length > 0 || found.start === entry)) {
      return { ...found, apps: inEntry.length > 0 ? inEntry : found.apps };
    }
  }
  const code = pythonCode(files, parser);
  const own = flaskAppsIn(code, entry);
  return { apps: own.length > 0 ? own : appsOf(code, entry, undefined), start: entry, command: undefined, code };
}

/** What a gunicorn command serves. */
function served(files: Folders, parser: PythonParser, command: GunicornCommand): Found | undefined {
  const { folder = '.', chdir, pythonPath } = command;
  const config = configOf(files, command);
  const configText = config.state === 'there' ? files.read(config.path) : undefined;
  const settings = configText === undefined ? undefined : readGunicornConfig(parser.parse(configText));
  const reference = command.app ?? (settings?.wsgiApp === undefined ? undefined : appReference(settings.wsgiApp));
  if (reference === undefined) return undefined;
  const moved = chdir ?? settings?.chdir;
  const started = moved === undefined ? folder : inTarget(files, folder, moved);
  const paths = [started, folder, ...pythonPath.map((path) => inTarget(files, folder, path)), '.'];
  const code = pythonCode(files, parser, [...new Set(paths)]);
  const start = code.find(reference.module);
  return start === undefined ? undefined : { apps: resolveApp(code, start, reference.name), start, command, code };
}

/** A folder as a command names it; of an absolute one the end that is a folder here. */
function inTarget(files: Folders, folder: string, path: string): string {
  if (!path.startsWith('/')) return posix.join(folder, path);
  const steps = path.split('/').filter(Boolean);
  return steps.map((_, index) => steps.slice(index).join('/')).find((end) => files.exists(end)) ?? '.';
}

/** The apps that a file has under a name, or under the names that Flask itself looks for. */
function appsOf(code: PythonCode, path: string, name: string | undefined): FlaskApp[] {
  const names = name ? [name] : ['app', 'application', 'create_app', 'make_app', 'server', 'api'];
  for (const one of names) {
    const apps = resolveApp(code, path, one);
    if (apps.length > 0) return apps;
  }
  return flaskAppsIn(code, path);
}

const usualNames = ['wsgi', 'app', 'application', 'main', 'server', 'run', 'manage', 'api', 'index', 'web'];

/** Without a word from a command: the usual files, then every file of the target that creates an app. */
function unreferenced(code: PythonCode, command: GunicornCommand | undefined): Found | undefined {
  const paths = ['.', 'src'].flatMap((folder) => usualNames.map((name) => posix.join(folder, `${name}.py`)));
  for (const start of paths) {
    const apps = code.read(start) === undefined ? [] : appsOf(code, start, undefined);
    if (apps.length > 0) return { apps, start, command, code };
  }
  const apps = pythonFiles(code.files)
    .filter((path) => /flask|connexion|eve/i.test(code.files.read(path) ?? ''))
    .flatMap((path) => flaskAppsIn(code, path));
  const [first] = apps;
  return first === undefined ? undefined : { apps, start: first.path, command, code };
}

/**
 * The only app that the ways lead to, by the first way that does; undefined where they lead to none.
 *
 * @throws UsageError when none has the name
 */
function choose(
  ways: readonly Found[],
  name: string | undefined,
): (Omit<Found, 'apps'> & { readonly app: FlaskApp }) | AmbiguousAppError | undefined {
  const reached = ways.flatMap(({ apps, ...way }) => apps.map((app) => ({ ...way, app })));
  const distinct = reached.filter(
    ({ app }, index) => reached.findIndex((one) => one.app.path === app.path && one.app.start === app.start) === index,
  );
  const apps = distinct.map(({ app }) => app);
  if (apps.length === 0) return undefined;
  const candidates = apps.filter((app) => name === undefined || app.name === name || app.inFunction === name);
  const [app, ...others] = candidates;
  const list = (all: readonly FlaskApp[]) => all.map((one) => `${one.path}:${one.line} (${labelOf(one)})`).join(', ');
  if (app === undefined) throw new UsageError(`No app is called ${name}.`, `There are: ${list(apps)}.`);
  const chosen = distinct.find((one) => one.app === app);
  if (others.length === 0 && chosen !== undefined) return chosen;
  const paths = new Set(candidates.map(({ path }) => path));
  return new AmbiguousAppError(
    `Several Flask apps could be the one that serves: ${list(candidates)}.`,
    paths.size > 1
      ? 'Say which one: add-prom-metrics add --entry <file>.'
      : 'Name its variable or function: add-prom-metrics add --app <name>.',
    candidates.map(({ path, line }) => linesToAdd(path, `if it is the app of line ${line} that serves`)),
    [...new Set(candidates.map(labelOf))],
  );
}

function labelOf({ name, inFunction, line }: FlaskApp): string {
  return inFunction ?? name ?? `line ${line}`;
}

function wiredIn(files: Folders, parser: PythonParser, path: string): LocatedApp | undefined {
  const code = pythonCode(files, parser);
  const app = findHandWired(code, path);
  if (app === undefined) return undefined;
  const [command] = gunicornCommands(files);
  return { entry: path, app, start: undefined, module: moduleName(code, path), command, code };
}

/** The file that the user has wired after a refusal; undefined where there are several, or none. */
function onlyWired(files: Folders, parser: PythonParser): LocatedApp | undefined {
  const paths = pythonFiles(files).filter((path) => files.read(path)?.includes('instrument'));
  const [found, ...others] = paths.flatMap((path) => wiredIn(files, parser, path) ?? []);
  return others.length === 0 ? found : undefined;
}

/** The dotted name of a file, by the packages around it: `shop/web/__init__.py` is `shop.web`. */
export function moduleName({ files }: Pick<PythonCode, 'files'>, path: string): string {
  const isPackage = posix.basename(path) === '__init__.py';
  let folder = posix.dirname(path);
  const names = isPackage ? [] : [posix.basename(path, '.py')];
  while (folder !== '.' && (files.exists(posix.join(folder, '__init__.py')) || (isPackage && names.length === 0))) {
    names.unshift(posix.basename(folder));
    folder = posix.dirname(folder);
  }
  return names.join('.');
}

function noApp(files: Folders, parser: PythonParser, entry: string | undefined): RefusedError {
  const broken = pythonFiles(files)
    .map((path) => ({ path, text: files.read(path) ?? '' }))
    .filter(({ text }) => /\bFlask\(/.test(text))
    .map(({ path, text }) => ({ path, problem: syntaxProblem(parser.parse(text)) }))
    .find(({ problem }) => problem !== undefined);
  const where = entry === undefined ? '' : ` in ${entry} or in what it imports`;
  const why = broken === undefined ? '' : ` ${broken.path}, line ${broken.problem?.line}: ${broken.problem?.message}.`;
  return new RefusedError(
    `No Flask app was found${where}.${why}`,
    entry === undefined
      ? 'Name the file that creates it (add-prom-metrics add --entry <file>), or add the lines below by hand.'
      : 'Add the lines below by hand, or name another file: add-prom-metrics add --entry <file>.',
    [
      linesToAdd(
        entry ?? broken?.path ?? 'the file that creates the app',
        'no call in it was recognised as one that creates a Flask app',
      ),
    ],
  );
}

/**
 * The lines that a user adds by hand where the tool does not dare to. A run after that finds them (see hand-wired.ts), and
 * writes what they refer to.
 *
 * @param reason why it does not, or when they belong there
 */
export function linesToAdd(path: string, reason: string): ManualStep {
  return {
    path,
    reason,
    snippet: [
      'from metrics import instrument  # in a package: from .metrics import instrument',
      '',
      'app = Flask(__name__)',
      'instrument(app)  # right behind whatever creates the app',
      '# Then run add-prom-metrics again: it finds these lines and writes the module.',
    ].join('\n'),
  };
}
