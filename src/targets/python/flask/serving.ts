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
}

/** How the app is served: by the command that led to it and those that name the same app; with one process without any. */
export function servingOf(files: Folders, parser: PythonParser, located: LocatedApp | undefined): GunicornServing {
  const all = gunicornCommands(files);
  const command = located === undefined ? all[0] : located.command;
  if (command === undefined) {
    return { by: 'single', workers: 1, path: undefined, commands: [], command: undefined, port: undefined };
  }
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
  };
}

/** The app as gunicorn names it: of the file that the server loads, else of the one that creates it. */
export function servedApp({ module, start, app, command }: LocatedApp): string {
  if (command?.app !== undefined) return `${command.app.module}:${command.app.name}`;
  const loaded = start?.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.') ?? module;
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
