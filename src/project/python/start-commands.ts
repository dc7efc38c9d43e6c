import { posix } from 'node:path';
import { shellCommands } from '../../languages/shell-words.js';
import { readUnit, serviceValues } from '../../languages/systemd.js';
import { type Folders, findDeployment } from '../deployment.js';
import { readIfText } from '../source-files.js';
import { composeCommands } from './compose-commands.js';
import { dockerCommands } from './docker-start-commands.js';
import { assignment, inner, shellLines } from './shell-lines.js';
import type { StartCommand } from './start-command.js';

/**
 * The commands by which the target's services are started, those of the files that say it most plainly first: Procfile,
 * Dockerfiles, compose files, systemd's units, platforms' files, shell scripts, a Makefile. A script that a command calls
 * comes right after it.
 */
export function startCommands(files: Folders): StartCommand[] {
  const { dockerfiles, composeFiles, units, procfile } = findDeployment(files);
  const own = environmentFiles(files);
  const found = [
    ...(procfile === undefined ? [] : procfileCommands(files, procfile)),
    ...dockerfiles.flatMap((path) => dockerCommands(files, path)),
    ...composeFiles.flatMap((path) => composeCommands(files, path)),
    ...units.flatMap((path) => unitCommands(files, path)),
    ...platformCommands(files),
  ].flatMap(inner);
  const called = found.flatMap((command) => [command, ...calledScripts(files, command)]);
  const seen = new Set(called.map(({ path }) => path));
  const scripts = scriptPaths(files).filter((path) => !seen.has(path));
  const all = [...called, ...scripts.flatMap((path) => looseCommands(files, path)), ...makeCommands(files)];
  return all.map((command) => ({ ...command, environment: { ...own, ...command.environment } }));
}

function procfileCommands(files: Folders, path: string): StartCommand[] {
  const text = readIfText(files, path) ?? '';
  const lines = [...text.matchAll(/^([\w-]+)[ \t]*:[ \t]*(.*)$/gm)];
  // Of the processes, `web` is the one that gets HTTP.
  const ordered = lines.sort((a, b) => Number(b[1] === 'web') - Number(a[1] === 'web'));
  return ordered.flatMap((line) => {
    const command = line[2] ?? '';
    const common = { editable: true, folder: '.', environment: {} };
    const offset = line.index + line[0].length - command.length;
    return shellLines(command, offset, { path, by: 'procfile', process: line[1], ...common });
  });
}

function unitCommands(files: Folders, path: string): StartCommand[] {
  const directives = readUnit(readIfText(files, path) ?? '');
  const directory = serviceValues(directives, 'WorkingDirectory').at(-1);
  const words = serviceValues(directives, 'Environment').flatMap((value) => shellCommands(value).flat());
  const environment = Object.fromEntries(words.flatMap(({ value }) => assignment(value)));
  const folder = directory === undefined ? undefined : folderAtEnd(files, directory);
  return serviceValues(directives, 'ExecStart').flatMap((value) =>
    shellLines(withoutShell(value.replace(/^[@\-:+!|]+/, '')), 0, {
      path,
      by: 'systemd',
      editable: false,
      folder,
      environment,
    }),
  );
}

/** A command of a unit as a shell would take it: systemd runs no shell, so what means something to one is escaped. */
function withoutShell(value: string): string {
  return value.replace(/"[^"]*"|'[^']*'|[()&|;]/g, (part) => (part.length === 1 ? `\\${part}` : part));
}

/** A directory of some machine: the folder of the target that its end names, else the target itself. */
export function folderAtEnd(files: Folders, directory: string): string {
  const steps = directory.split('/').filter(Boolean);
  const ends = steps.map((_, index) => steps.slice(index).join('/'));
  return ends.find((end) => !end.includes('%') && files.exists(end) && readIfText(files, end) === undefined) ?? '.';
}

/** App Engine's, Render's, Railway's, Fly's and Heroku's files, and supervisor's, by the line that holds the command. */
function platformCommands(files: Folders): StartCommand[] {
  const lines: readonly (readonly [RegExp, RegExp])[] = [
    [/^app\.ya?ml$/, /^entrypoint:[ \t]*(.*)$/gm],
    [/^render\.ya?ml$/, /^\s*startCommand:[ \t]*(.*)$/gm],
    [/^railway\.(?:json|toml)$/, /^[ \t]*"?startCommand"?[ \t]*[:=][ \t]*("(?:[^"\\]|\\.)*"|'[^']*')/gm],
    [/^nixpacks\.toml$/, /^[ \t]*cmd[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|'[^']*')/gm],
    // Its processes, by names of the user's.
    [/^fly\.toml$/, /^[ \t]*[\w-]+[ \t]*=[ \t]*("(?:[^"\\]|\\.)*gunicorn(?:[^"\\]|\\.)*"|'[^']*gunicorn[^']*')/gm],
    [/^heroku\.ya?ml$/, /^[ \t]+[\w-]+:[ \t]+(.*gunicorn.*)$/gm],
    [/^supervisor.*\.(?:conf|ini)$|^.*supervisord?\.conf$/, /^command[ \t]*=[ \t]*(.*)$/gm],
  ];
  const folders = ['.', 'deploy', 'conf', 'config', 'docker', 'etc', 'supervisor'];
  const paths = folders.flatMap((folder) => listed(files, folder).map((name) => posix.join(folder, name)));
  return paths.flatMap((path) =>
    lines
      .filter(([name]) => name.test(posix.basename(path)))
      .flatMap(([, pattern]) => [...(readIfText(files, path) ?? '').matchAll(pattern)])
      .flatMap((line) =>
        shellLines(unquoted((line[1] ?? '').trim()), 0, {
          path,
          by: 'platform',
          editable: false,
          folder: '.',
          environment: {},
        }),
      ),
  );
}

/** A value as YAML, TOML and JSON write it. */
function unquoted(value: string): string {
  const [, quote, inside = value] = /^(["'])(.*)\1$/s.exec(value) ?? [];
  return quote === '"' ? inside.replace(/\\(["\\])/g, '$1') : inside;
}

/** The recipes of the root's Makefile; each line of them has a shell of its own. */
function makeCommands(files: Folders): StartCommand[] {
  const found = ['GNUmakefile', 'makefile', 'Makefile'].map((path) => ({ path, text: readIfText(files, path) }));
  return found.flatMap(({ path, text = '' }) => {
    const frame = { path, by: 'script', editable: false, folder: '.', environment: {}, isLoose: true } as const;
    const recipes = [...text.matchAll(/^\t[@+ -]*((?:.*\\\r?\n)*.*)$/gm)];
    return recipes.flatMap(([, recipe = '']) => shellLines(asInShell(recipe, text), 0, frame).flatMap(inner));
  });
}

/** A recipe with make's variables as a shell takes them: one that is set with `?=` gives way to the environment's. */
function asInShell(recipe: string, makefile: string): string {
  const known = [...makefile.matchAll(/^(\w+)[ \t]*([:?]?=)[ \t]*(.*?)[ \t\r]*$/gm)];
  const variables = new Map(
    known.map(([, name = '', sign, value = '']) => [name, sign === '?=' ? `\${${name}:-${value}}` : value]),
  );
  return recipe.replace(/\$[({](\w+)[)}]|\$\$/g, (all, name) =>
    all === '$$' ? '$' : (variables.get(name) ?? `\${${name}}`),
  );
}

/** The scripts of the target that a command runs: `./boot.sh`, `sh docker/start`. */
function calledScripts(files: Folders, { words, folder = '.', environment }: StartCommand): StartCommand[] {
  const paths = words.flatMap(({ value }) => scriptNamed(files, value, folder) ?? []);
  return paths.flatMap((path) => scriptCommands(files, path, folder, environment));
}

function scriptNamed(files: Folders, word: string, folder: string): string | undefined {
  if (!/^[\w./-]+$/.test(word)) return undefined;
  const steps = word.split('/').filter((step) => step !== '' && step !== '.');
  const ends = steps.map((_, index) => steps.slice(index).join('/'));
  const candidates = [posix.join(folder, word), ...ends];
  return candidates.find((path) => !path.startsWith('..') && isShellScript(files, path));
}

function isShellScript(files: Folders, path: string): boolean {
  const text = readIfText(files, path);
  return text !== undefined && (path.endsWith('.sh') || /^#!.*\b(?:ba|da|a|z)?sh\b/.test(text));
}

function scriptPaths(files: Folders): string[] {
  const folders = ['.', 'bin', 'scripts', 'script', 'docker', 'deploy', 'deployment', 'compose', 'ops'];
  return folders.flatMap((folder) =>
    listed(files, folder)
      .map((name) => posix.join(folder, name))
      .filter((path) => /\.sh$|^[^.]+$/.test(posix.basename(path)) && isShellScript(files, path)),
  );
}

function scriptCommands(
  files: Folders,
  path: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): StartCommand[] {
  const text = readIfText(files, path) ?? '';
  return shellLines(text, 0, { path, by: 'script', editable: true, folder, environment }).flatMap(inner);
}

function looseCommands(files: Folders, path: string): StartCommand[] {
  return scriptCommands(files, path, '.', {}).map((command) => ({ ...command, isLoose: true }));
}

/** Variables of files that people load, and Flask itself (https://flask.palletsprojects.com/en/stable/cli/): they hold wherever the service runs. */
export function environmentFiles(files: Folders): Record<string, string> {
  const texts = ['.flaskenv', '.env'].map((path) => readIfText(files, path) ?? '');
  const lines = texts.flatMap((text) => text.split(/\r?\n/));
  return Object.fromEntries(
    lines.flatMap((line) => assignment(line.replace(/^\s*(?:export\s+)?/, '').replace(/=["'](.*)["']\s*$/, '=$1'))),
  );
}

function listed(files: Folders, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return []; // a file of that name, or a folder that cannot be read
  }
}
