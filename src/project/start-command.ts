import { posix } from 'node:path';
import { calledScripts, commandParts } from './command-words.js';
import { dockerCommand } from './docker-command.js';
import type { Manifest } from './manifest.js';
import { findPm2File, isPm2File, type Pm2File, pm2Scripts } from './pm2.js';
import { type Files, resolveSource } from './source-files.js';
import type { TypescriptConfig } from './tsconfig.js';

/** Programs that are given the file to start as an argument. */
const runners = new Set(
  (
    'node nodejs nodemon ts-node ts-node-esm ts-node-dev tsnd tsx babel-node pm2 pm2-runtime pm2-docker bun ' +
    'node-dev forever esno swc-node supervisor dotenvx'
  ).split(' '),
);

/** Options of those programs whose value is a separate word that could be taken for the file. */
const optionsWithValue = new Set(
  (
    '-r --require --import --loader --experimental-loader -e --ext --env-file -P --project --tsconfig --exec -x -c --config ' +
    '--name -n -i --instances --ignore --ignore-watch --delay --signal --extensions --presets -C --conditions --cwd'
  ).split(' '),
);

/** Programs whose `--watch` names what to watch; for the others (`node --watch`) it has no value. */
const watchers = new Set(['nodemon', 'supervisor', 'ts-node-dev', 'tsnd']);

/** First words of those programs that are no file. */
const subcommands = new Set(['start', 'restart', 'reload', 'startOrReload', 'startOrRestart', 'run', 'watch']);

/**
 * Source files that a package is started by, most telling first: the start script, then the scripts that people use
 * for it, the process manager's file, the Dockerfile's command, `main`, and the usual names. One is looked for only when
 * those before it were not what the caller wanted.
 */
export function* startFiles(files: Files, manifest: Manifest, typescript: TypescriptConfig): Generator<string> {
  const scripts = ['start', 'start:prod', 'serve', 'prod', 'production', 'server', 'start:dev', 'dev', 'develop'];
  const ofCommand = (command: string) => filesOfCommand(files, manifest, command, typescript);
  const ofPm2 = (file: Pm2File | undefined) =>
    file === undefined ? [] : pm2Scripts(file).flatMap((path) => sourceOf(files, path, typescript) ?? []);
  const sources = [
    () => scripts.flatMap((name) => ofCommand(manifest.scripts[name] ?? '')),
    () => ofPm2(findPm2File(files)),
    () => ofCommand(dockerCommand(files) ?? ''),
    () => mainFile(files, manifest, typescript),
    () => usualFiles(files),
  ];
  const seen = new Set<string>();
  for (const source of sources) {
    const fresh = source().filter((path) => !seen.has(path));
    for (const path of fresh) seen.add(path);
    yield* new Set(fresh);
  }
}

/** The source files that a shell command starts, with `npm run x` followed into the scripts. */
export function filesOfCommand(
  files: Files,
  manifest: Manifest,
  command: string,
  typescript: TypescriptConfig,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  const follow = (line: string, more: readonly string[] = []) =>
    filesOfCommand(files, manifest, line, typescript, new Set([...seen, ...more]));
  return commandParts(command).flatMap(({ words, nested }) => {
    const scripts = calledScripts(words).filter((name) => manifest.scripts[name] !== undefined);
    const called = scripts.filter((name) => !seen.has(name));
    if (scripts.length > 0) return called.flatMap((name) => follow(manifest.scripts[name] ?? '', [name]));
    const inner = nested.flatMap((line) => follow(line));
    if (inner.length > 0) return inner;
    return fileArguments(words, manifest).flatMap((word) => sourceOf(files, word, typescript) ?? [])[0] ?? [];
  });
}

/**
 * The source file for a path as a command names it: the file itself, or the source that it is built from, by
 * tsconfig's outDir and rootDir, or by habit (`dist/server.js` from `src/server.ts`).
 */
export function sourceOf(files: Files, path: string, typescript: TypescriptConfig): string | undefined {
  const normal = posix.normalize(path);
  const built = builtFrom(normal, typescript);
  const sources = built.map((candidate) => resolveSource(files, candidate));
  // A build's output may lie around; it is rewritten by the next build, so the source is what counts.
  return sources.find((source) => source !== undefined) ?? resolveSource(files, normal);
}

function builtFrom(path: string, typescript: TypescriptConfig): string[] {
  const [folder = '', ...rest] = path.replace(/\/$/, '').split('/');
  const inside = rest.join('/') || 'index';
  const outDir = typescript.outDir === undefined ? undefined : posix.normalize(typescript.outDir).replace(/\/$/, '');
  if (outDir && `${path}/`.startsWith(`${outDir}/`)) {
    const below = path.slice(outDir.length + 1) || 'index';
    return [typescript.rootDir ?? 'src', '.', 'src'].map((root) => posix.join(root, below));
  }
  if (!['dist', 'build', 'lib', 'out', 'built', '.build'].includes(folder)) return [];
  return [`src/${inside}`, ...(inside.startsWith('src/') ? [inside] : [])];
}

/** The words after a runner that could be the file to start, in their order; what follows the file is its own. */
function fileArguments(words: readonly string[], manifest: Manifest): string[] {
  const position = words.findIndex(isRunner);
  if (position < 0) return [];
  const found: string[] = [];
  const watches = watchers.has(posix.basename(words[position] ?? ''));
  const main = manifest.main ?? 'index.js';
  for (let index = position + 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const hasValue = optionsWithValue.has(word) || (watches && ['-w', '--watch'].includes(word));
    if (hasValue && !isRunner(words[index + 1] ?? '')) index += 1;
    else if (!word.startsWith('-') && !/^\w+=/.test(word)) found.push(word);
  }
  // `nodemon` without an argument, and `node .`, run the package's main file.
  if (found.length === 0) return [main];
  return found
    .filter((word, index) => !isRunner(word) && !isPm2File(word) && !(index === 0 && subcommands.has(word)))
    .map((word) => (posix.normalize(`${word}/`) === './' ? main : word));
}

function isRunner(word: string): boolean {
  return runners.has(posix.basename(word));
}

function mainFile(files: Files, manifest: Manifest, typescript: TypescriptConfig): string[] {
  const found = manifest.main === undefined ? undefined : sourceOf(files, manifest.main, typescript);
  return found === undefined ? [] : [found];
}

function usualFiles(files: Files): string[] {
  const names = ['bin/www', 'server', 'index', 'app', 'main', 'src/server', 'src/index', 'src/app', 'src/main'];
  const more = ['bin/server', 'lib/server', 'lib/app', 'lib/index', 'server/index', 'server/app', 'server/server'];
  return [...names, ...more].flatMap((name) => resolveSource(files, name) ?? []);
}
