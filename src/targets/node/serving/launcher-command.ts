import { posix } from 'node:path';
import { type ShellWord, shellCommands } from '../../../languages/shell-words.js';
import type { NodeProject } from '../../../project/node-project.js';
import { sourceOf } from '../../../project/start-command.js';
import { buildsEveryFile, compiled } from './build-output.js';

type Facts = Pick<NodeProject, 'files' | 'manifest' | 'typescript'>;

/** The source files of a launch, relative to the target. */
export interface Sources {
  /** What the process starts with today. */
  readonly start: string;
  /** The generated launcher. */
  readonly launcher: string;
}

/** A place in a command line, and the word that goes there: `node ▮server.js` and `metrics/cluster.js`. */
export interface Launch {
  readonly offset: number;
  readonly launcher: string;
  /** The start file in the same terms, where the command names a folder, too: `dist/index.js` for `node dist`. */
  readonly program: string;
}

/** Programs that run the file they are given as it is, and its forks the same way. */
const runners = new Set(['node', 'nodejs', 'tsx', 'ts-node']);

/** Programs that watch, or start something in a way that the launcher has no place in. */
const others = new Set(
  (
    'nodemon ts-node-dev tsnd ts-node-esm node-dev supervisor forever babel-node bun deno esno swc-node vite-node ' +
    'pm2 pm2-runtime pm2-docker nest next strapi'
  ).split(' '),
);

/** Node watches, tests or evaluates with these, and does not serve. */
const notServing = /^(?:--watch.*|--test.*|-[ep]|--eval|--print|-c|--check|--run.*)$/;

/**
 * Where the launcher goes in a command line that starts the service; undefined when the line does not, does it by a
 * watcher or a program that is not known here, or it is not sure that the launcher will be where the build puts the start
 * file.
 */
export function launchIn(line: string, project: Facts, sources: Sources): Launch | undefined {
  for (const words of shellCommands(line)) {
    const word = programWord(words, project, sources.start);
    const files = word && namedFiles(word.value, project, sources);
    if (word !== undefined && files !== undefined) return { offset: word.start, ...files };
  }
  return undefined;
}

/** The word of a simple command that names the start file, where Node runs it. */
function programWord(words: readonly ShellWord[], project: Facts, start: string): ShellWord | undefined {
  const position = words.findIndex(
    ({ value }) => runners.has(posix.basename(value)) || others.has(posix.basename(value)),
  );
  if (position < 0 || others.has(posix.basename(words[position]?.value ?? ''))) return undefined;
  for (let index = position + 1; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined || notServing.test(word.value)) return undefined;
    if (word.value.startsWith('-')) continue;
    if (sourceOf(project.files, namedFile(word.value, project), project.typescript) === start) return word;
    // Perhaps the value of an option; anything else is another program, or one that cannot be told.
    if (!words[index - 1]?.value.startsWith('-')) return undefined;
  }
  return undefined;
}

/** `node .` runs the package's main file. */
function namedFile(word: string, { manifest }: Facts): string {
  return posix.normalize(`${word}/`) === './' ? (manifest.main ?? 'index.js') : word;
}

/** Both files as the command has to name them; undefined where a build may not put the launcher there. */
function namedFiles(word: string, project: Facts, { start, launcher }: Sources): Omit<Launch, 'offset'> | undefined {
  const named = posix.normalize(namedFile(word, project)).replace(/\/$/, '');
  const prefix = word.startsWith('./') && word !== './' ? './' : '';
  if ([named, posix.join(named, 'index')].some((path) => stem(path) === stem(start))) {
    return { launcher: prefix + launcher, program: start };
  }
  if (!buildsEveryFile(project, launcher)) return undefined;
  const isFolder = stem(posix.basename(start)) === 'index' && stem(posix.basename(named)) !== 'index';
  const folder = isFolder ? named : posix.dirname(named);
  const built = (path: string) => compiled(posix.join(folder, posix.relative(posix.dirname(start), path)));
  return { launcher: prefix + built(launcher), program: built(start) };
}

function stem(path: string): string {
  return path.replace(/\.[mc]?[jt]sx?$/, '');
}
