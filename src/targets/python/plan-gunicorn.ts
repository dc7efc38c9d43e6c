import { posix } from 'node:path';
import { RefusedError } from '../../errors.js';
import type { PythonParser } from '../../languages/python/parse.js';
import type { Workspace } from '../../plan/workspace.js';
import { type ConfigPlace, configOf, defaultConfig, type GunicornCommand } from '../../project/python/gunicorn.js';
import { gunicornEdits } from './generate.js';
import { editGunicornConfig } from './gunicorn-config.js';
import { nameConfig } from './gunicorn-option.js';

/**
 * Plans what gunicorn needs: lines in each config that a command of this service reads; where none is there, tells which
 * one is to be created, and has commands that would not find it name it.
 *
 * @param commands those that serve this app, the main one first; none when nothing says how it is served
 * @param folder the metrics package, relative to the target
 * @returns the config to be created; undefined when there is one
 */
export function planGunicorn(
  workspace: Workspace,
  parser: PythonParser,
  commands: readonly GunicornCommand[],
  folder: string,
): string | undefined {
  const places = commands.map((command) => ({ command, place: configOf(workspace, command) }));
  const paths = new Set(places.flatMap(({ place }) => (place.state === 'there' ? place.path : [])));
  for (const path of paths) editConfig(workspace, parser, path, folder);
  for (const { command, place } of places)
    if (place.state === 'elsewhere') leaveConfig(workspace, command, place, folder);
  const missing = places.filter(({ place }) => place.state === 'default');
  const [first] = missing;
  if (first === undefined) return commands.length === 0 ? defaultConfig : undefined;
  const created = 'path' in first.place ? first.place.path : defaultConfig;
  for (const { command, place } of missing) {
    if (command.folder === undefined) leaveFolder(workspace, command, created);
    else if ('path' in place && place.path !== created) haveNamed(workspace, command, created);
  }
  return created;
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
function leaveFolder(workspace: Workspace, { path, words }: GunicornCommand, config: string): void {
  const snippet = ['gunicorn', '-c', `<where it is>/${config}`, ...words.slice(1)].join(' ');
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
