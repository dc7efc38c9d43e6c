import { posix } from 'node:path';
import { type Dockerfile, rootImage, type Stage } from '../../../languages/dockerfile.js';
import { stageCommands } from '../../../languages/stage-command.js';
import { calledScripts, commandParts } from '../../../project/command-words.js';
import type { Manifest } from '../../../project/manifest.js';
import type { NodeProject } from '../../../project/node-project.js';
import { findPm2File, isPm2File, pm2Scripts } from '../../../project/pm2.js';
import { readIfText } from '../../../project/source-files.js';
import { filesOfCommand, sourceOf } from '../../../project/start-command.js';

/**
 * Whether a command starts the service: as it is served, by a watcher as in development, something else instead, or
 * nobody can tell.
 */
export type Runs = 'serves' | 'develops' | 'other' | 'unknown';

/** Images whose own command serves something that is not the service. */
const otherServers =
  /(^|\/)(nginx|nginx-unprivileged|httpd|caddy|traefik|haproxy|postgres|mysql|mariadb|redis|mongo)\b/;

const watcher = /\b(nodemon|ts-node-dev|tsnd|node-dev|supervisor)\b|\btsx watch\b|\s--watch\b/;

const programs = /^(node|nodejs|npm|npx|yarn|pnpm|bun|sh|bash|ash|tini|dumb-init|env|docker-entrypoint\.sh)$/;

/**
 * Judges what a stage's containers run.
 *
 * @param start the file that the process starts with, relative to the target
 * @throws SyntaxError for an exec form that is not valid
 */
export function stageRuns(project: NodeProject, start: string, dockerfile: Dockerfile, stage: Stage): Runs {
  const commands = stageCommands(dockerfile, stage).map(({ words }) => words.map(({ value }) => value));
  if (commands.length > 0) return commandRuns(project, start, commands);
  return otherServers.test(rootImage(stage)) ? 'other' : 'unknown';
}

/** Judges commands, each as its words; the files that they name may be named as they lie in an image or on a host. */
export function commandRuns(project: NodeProject, start: string, commands: readonly (readonly string[])[]): Runs {
  const lines = commands.map((words) => lineOf(project, words));
  const scripts = commands.flat().flatMap((word) => shellScript(project, word));
  const line = [...lines, ...scripts].join(' && ');
  const whole = [line, ...scriptsBehind(project, line)].join(' && ');
  if (!startsFile(project, start, line, whole))
    return scriptUnknown(commands) && scripts.length === 0 ? 'unknown' : 'other';
  return watcher.test(whole) ? 'develops' : 'serves';
}

/** The files of a build's output that a stage's commands name for the start file: `dist/server.js` for src/server.ts. */
export function builtStartFiles(project: NodeProject, start: string, dockerfile: Dockerfile, stage: Stage): string[] {
  const commands = stageCommands(dockerfile, stage).map(({ words }) => words.map(({ value }) => value));
  const line = commands.map((words) => lineOf(project, words)).join(' && ');
  const words = [line, ...scriptsBehind(project, line)].join(' ').split(/[\s"';&|]+/);
  const paths = words.filter((word) => word !== '').map((word) => posix.normalize(inTarget(project, word)));
  return paths.filter((path) => path !== start && sourceOf(project.files, path, project.typescript) === start);
}

/**
 * Whether package scripts that a command line calls run a file, as they will be.
 *
 * @param file as the scripts name it
 */
export function scriptsRun(manifest: Manifest, line: string, file: string): boolean {
  const bare = line.replace(/\S*\/(?=(?:npm|yarn|pnpm|bun)\s)/g, '');
  return scriptsBehind({ manifest }, bare).some((script) => script.includes(file));
}

function startsFile(project: NodeProject, start: string, line: string, whole: string): boolean {
  const { files, manifest, typescript } = project;
  if (filesOfCommand(files, manifest, line, typescript).includes(start)) return true;
  const words = whole.split(/[\s"']+/);
  const processes = words.some((word) => /^pm2(-runtime|-docker)?$/.test(word)) ? findPm2File(files) : undefined;
  const byPm2 = processes !== undefined && words.some((word) => isPm2File(posix.basename(word)));
  if (byPm2) return pm2Scripts(processes).some((script) => sourceOf(files, script, typescript) === start);
  // A folder of the build may be the image's working directory: `node server.js` is dist/server.js.
  return words.some(
    (word) => /\.[cm]?js$/.test(word) && stem(word) === stem(start) && !sourceOf(files, word, typescript),
  );
}

/** Our launcher, which runs the file that is named behind it. */
const launcher = /(^|\/)(prom-|prometheus-)?metrics\/cluster\.[cm]?[jt]s$/;

/** One shell line: paths as the target has them, `node` before a file that the image's own entry point runs by it. */
function lineOf(project: NodeProject, words: readonly string[]): string {
  const local = words.filter((word) => !launcher.test(word)).map((word) => inTarget(project, word));
  const isFile = /\.[cm]?js$/.test(local[0] ?? '') ? ['node'] : [];
  return [...isFile, ...local].map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ');
}

/** `/usr/src/app/dist/server.js` as `dist/server.js`: the longest end of an absolute path that is something here. */
function inTarget({ files, typescript }: NodeProject, word: string): string {
  if (!word.startsWith('/')) return word;
  if (programs.test(posix.basename(word))) return posix.basename(word);
  const parts = word.split('/').slice(1);
  const ends = parts.map((_, index) => parts.slice(index).join('/'));
  return (
    ends.find((end) => sourceOf(files, end, typescript) !== undefined || readIfText(files, end) !== undefined) ?? word
  );
}

/** The lines of a shell script of the target that a word names. */
function shellScript(project: NodeProject, word: string): string[] {
  const path = posix.normalize(inTarget(project, word));
  if (posix.extname(path) !== '.sh') return [];
  const text = readIfText(project.files, path) ?? '';
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}

function scriptUnknown(commands: readonly (readonly string[])[]): boolean {
  return commands.flat().some((word) => /\.sh$|^\/.*entrypoint/.test(word));
}

/** The package scripts that a line calls, and those that they call. */
function scriptsBehind({ manifest }: Pick<NodeProject, 'manifest'>, line: string): string[] {
  const found: string[] = [];
  const look = (text: string): void => {
    for (const name of commandParts(text).flatMap(({ words }) => calledScripts(words))) {
      const script = manifest.scripts[name];
      if (script === undefined || found.includes(script)) continue;
      found.push(script);
      look(script);
    }
  };
  look(line);
  return found;
}

function stem(path: string): string {
  return posix.basename(path).replace(/\.[cm]?[jt]sx?$/, '');
}
