import { posix } from 'node:path';
import { shellLine } from '../../../command.js';
import type { PythonParser } from '../../../languages/python/parse.js';
import type { Workspace } from '../../../plan/workspace.js';
import type { Folders } from '../../../project/deployment.js';
import type { ListeningPort } from '../../../project/listening-port.js';
import {
  configOf,
  type GunicornCommand,
  gunicornCommands,
  readGunicornConfig,
} from '../../../project/python/gunicorn.js';
import type { Serving } from '../../../project/workers.js';
import type { Answers } from '../../../wizard/answers.js';
import type { LocatedApp } from './locate.js';

/** How gunicorn serves an app. */
export interface GunicornServing extends Serving {
  /** The commands that serve this very app, the main one first. */
  readonly commands: readonly GunicornCommand[];
  readonly command: GunicornCommand | undefined;
  readonly port: ListeningPort | undefined;
  /** Whether the command or the config says what it listens to; else PORT does (gunicorn's setting "bind"). */
  readonly bound: boolean;
  /** As gunicorn names it; undefined for its default. */
  readonly workerClass: string | undefined;
  /** Whether workers end after a number of requests: the files of each stay until the next start. */
  readonly maxRequests: boolean;
}

/** How the app is served: by the command that led to it and those that name the same app; with one process without any. */
export function servingOf(files: Folders, parser: PythonParser, located: LocatedApp | undefined): GunicornServing {
  const all = gunicornCommands(files);
  const command = located === undefined ? all[0] : located.command;
  if (command === undefined) return servingByConfig(files, parser);
  const isSame = ({ app }: GunicornCommand) => app?.module === command.app?.module && app?.name === command.app?.name;
  const config = configOf(files, command);
  const settings = readGunicornConfig(parser.parse(config.state === 'there' ? (files.read(config.path) ?? '') : ''));
  const saidBy = (value: number | undefined) =>
    value === undefined && config.state === 'there' ? config.path : command.path;
  const port = command.port ?? settings.port;
  return {
    by: 'gunicorn',
    workers: command.workers ?? settings.workers ?? 1,
    path: settings.workers === undefined ? command.path : saidBy(command.workers),
    commands: all.filter(isSame),
    command,
    port: port === undefined ? undefined : { port, path: saidBy(command.port) },
    bound: command.bound || settings.bound,
    workerClass: command.workerClass ?? settings.workerClass,
    maxRequests: command.maxRequests || settings.maxRequests,
  };
}

/** Without a command that names the app: gunicorn's config at the root says that gunicorn serves, and with how many. */
function servingByConfig(files: Folders, parser: PythonParser): GunicornServing {
  const config = configOf(files, {});
  const text = config.state === 'there' ? (files.read(config.path) ?? '') : '';
  const { workers = 1, port, bound, workerClass, maxRequests } = readGunicornConfig(parser.parse(text));
  const found = { commands: [], command: undefined, workers, bound, workerClass, maxRequests };
  if (config.state !== 'there') return { by: 'single', path: undefined, port: undefined, ...found };
  const { path } = config;
  return { by: 'gunicorn', path, port: port === undefined ? undefined : { port, path }, ...found };
}

/** Gunicorn's, where neither an option nor PORT says another one. */
export const defaultPort = 8000;

/**
 * How gunicorn is started by hand, in the target's folder: the command that is there, else one for the app.
 *
 * @param port what it is to listen to where a person starts it, whose shell has no PORT
 */
export function startLine(
  { commands, command, bound }: GunicornServing,
  located: LocatedApp,
  port: number | undefined,
): string {
  const [moved = '.'] = commands.length === 0 ? located.code.paths : [];
  const ownLine = ['gunicorn', ...(moved === '.' ? [] : ['--chdir', moved]), servedApp(located)].join(' ');
  const { folder = '.', line } = command ?? { line: ownLine };
  const isInPort = port !== undefined && port !== defaultPort && !bound;
  const started = (isInPort ? `PORT=${port} ` : '') + (port === undefined ? line : withPort(line, port));
  return folder === '.' ? started : `${shellLine(['cd', folder])} && ${started}`;
}

function withPort(line: string, port: number): string {
  return line.replace(/\$(?:PORT\b|\{PORT(?::?-[^}]*)?\})/g, String(port));
}

/** The app as gunicorn names it: of the file that the server loads, else of the one that creates it. */
export function servedApp({ entry, module, start, app, command, code }: LocatedApp): string {
  if (command?.app !== undefined) return `${command.app.module}:${command.app.name}`;
  const [folder = '.'] = code.paths;
  const dotted = (path: string) => path.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.');
  const own = folder === '.' ? module : dotted(posix.relative(folder, entry));
  const loaded = start === undefined ? own : dotted(posix.relative(folder, start));
  if ('inFunction' in app && start === undefined) return `'${loaded}:${app.inFunction}()'`;
  return `${loaded}:${'name' in app && start === undefined ? app.name : 'app'}`;
}

/**
 * Plans another number of worker processes than the service has: in the config that is created; where a command or a
 * config of the user's says a number, it is left to the user. A number that nobody asked for changes nothing.
 *
 * @param config the config that is created
 * @returns the number for that config
 */
export function planWorkers(
  workspace: Workspace,
  serving: GunicornServing,
  answers: Answers,
  config: string | undefined,
): number | undefined {
  if (answers.workersFound !== undefined || answers.workers === serving.workers) return undefined;
  const isSaid = serving.command?.workers !== undefined;
  if (config !== undefined && !isSaid) return answers.workers;
  workspace.manual({
    path: serving.path ?? 'gunicorn',
    reason: `it says how many workers gunicorn starts; to serve with ${answers.workers}, set the number there`,
    snippet: isSaid ? `--workers ${answers.workers}` : `workers = ${answers.workers}`,
  });
  return undefined;
}
