import { posix } from 'node:path';
import { RefusedError } from '../../errors.js';
import type { PythonParser } from '../../languages/python/parse.js';
import type { Workspace } from '../../plan/workspace.js';
import { type ConfigPlace, configOf, defaultConfig, type GunicornCommand } from '../../project/python/gunicorn.js';
import { folderAtEnd } from '../../project/python/start-commands.js';
import { gunicornEdits } from './generate.js';
import { editGunicornConfig } from './gunicorn-config.js';
import { nameConfig } from './gunicorn-option.js';

/** What remains of gunicorn's part, for those who write other files. */
export interface PlannedGunicorn {
  /** The config to be created; undefined when there is one, or gunicorn does not serve. */
  readonly created: string | undefined;
  /** systemd's units whose gunicorn finds the config by its name only, and that name. */
  readonly units: ReadonlyMap<string, string>;
}

/**
 * Plans what gunicorn needs: lines in each config that a command of this service reads; where none is there, tells which
 * one is to be created, and has commands that would not find it name it.
 *
 * @param commands those that serve this app, the main one first; none when nothing says how it is served
 * @param folder the metrics package, relative to the target
 */
export function planGunicorn(
  workspace: Workspace,
  parser: PythonParser,
  commands: readonly GunicornCommand[],
  folder: string,
): PlannedGunicorn {
  if (commands.length === 0) return { created: planDefault(workspace, parser, folder), units: new Map() };
  const places = commands.map((command) => ({ command, place: configOf(workspace, command) }));
  const paths = new Set(places.flatMap(({ place }) => (place.state === 'there' ? place.path : [])));
  for (const path of paths) editConfig(workspace, parser, path, folder);
  for (const { command, place } of places)
    if (place.state === 'elsewhere') leaveConfig(workspace, command, place, folder);
  const missing = places.flatMap(({ command, place }) => (place.state === 'default' ? { command, place } : []));
  const [first] = missing;
  if (first === undefined) return { created: undefined, units: new Map() };
  const created = first.place.path;
  const lost = missing.filter(({ command, place }) => command.folder === undefined || place.path !== created);
  const commandsThatMiss = lost.map(({ command }) => command);
  return { created, units: haveNamedByAll(workspace, commandsThatMiss, created) };
}

/** Has each command name the config. Of units, which are not edited, gives the name back. */
function haveNamedByAll(
  workspace: Workspace,
  commands: readonly GunicornCommand[],
  config: string,
): Map<string, string> {
  const units = new Map<string, string>();
  for (const command of commands) {
    const name = command.by === 'systemd' ? nameInUnit(workspace, command, config) : undefined;
    if (name !== undefined) units.set(command.path, name);
    else if (command.folder === undefined) leaveFolder(workspace, command, config);
    else haveNamed(workspace, command, config);
  }
  return units;
}

/** No command is known: gunicorn would read the config at the target's root. */
function planDefault(workspace: Workspace, parser: PythonParser, folder: string): string | undefined {
  const place = configOf(workspace, {});
  if (place.state !== 'there') return defaultConfig;
  editConfig(workspace, parser, place.path, folder);
  return undefined;
}

/** The config as a unit's gunicorn has to name it: from its working directory, or absolute where it says where the code is. */
function nameInUnit(workspace: Workspace, { folder, chdir }: GunicornCommand, config: string): string | undefined {
  const name =
    folder === undefined
      ? chdir?.startsWith('/') && posix.join(chdir, posix.relative(folderAtEnd(workspace, chdir), config))
      : posix.relative(folder, config);
  return name && /^[\w./-]+$/.test(name) ? name : undefined;
}

function editConfig(workspace: Workspace, parser: PythonParser, path: string, folder: string): void {
  try {
    const text = workspace.read(path) ?? '';
    workspace.edit(path, editGunicornConfig(parser, path, text, gunicornEdits(path, folder)));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    for (const step of error.manual) workspace.manual(step);
  }
}

function leaveConfig(
  workspace: Workspace,
  { path }: GunicornCommand,
  { name }: Extract<ConfigPlace, { state: 'elsewhere' }>,
  folder: string,
): void {
  const { head, tail } = gunicornEdits(defaultConfig, folder);
  workspace.manual({
    path,
    reason: `gunicorn reads ${name}, which is not in the target; put these lines first, and last, into it, with the path of ${folder}/gunicorn_hooks.py as it is there`,
    snippet: `${head.trimEnd()}\n\n# … what is there …\n\n${tail.trimEnd()}`,
  });
}

/** The folder that it runs in cannot be told, and so whether gunicorn finds the config there by itself. */
function leaveFolder(workspace: Workspace, { path, line }: GunicornCommand, config: string): void {
  const snippet = line.replace(/^gunicorn/, `gunicorn -c <where it is>/${config}`);
  workspace.manual({ path, reason: `gunicorn has to find ${config}: start it in its folder, or name it`, snippet });
}

/** A command that runs in another folder than the first one finds the created config only by its name. */
function haveNamed(workspace: Workspace, command: GunicornCommand, config: string): void {
  const { path, folder = '.' } = command;
  const named = posix.relative(folder, config);
  const edit = named.startsWith('..') ? undefined : nameConfig(command, named);
  if (edit !== undefined) workspace.edit(path, [edit]);
  else {
    const snippet = `gunicorn -c ${named} …`;
    workspace.manual({
      path,
      reason: `its gunicorn runs in ${folder}/ and does not find ${config} by itself`,
      snippet,
    });
  }
}
