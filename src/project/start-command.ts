import { posix } from 'node:path';
import type { Manifest } from './manifest.js';
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
  '-r --require --import --loader --experimental-loader -e --env-file -P --project --tsconfig --watch -w --exec -x -c --config --name -n -i --instances'.split(
    ' ',
  ),
);

/**
 * Source files that a package is started by, most telling first: the start script, then the scripts that people use
 * for it, then `main`, the Dockerfile's CMD, and the usual names.
 */
export function startFiles(files: Files, manifest: Manifest, typescript: TypescriptConfig): string[] {
  const scripts = ['start', 'start:prod', 'serve', 'prod', 'production', 'server', 'start:dev', 'dev', 'develop'];
  const commands = scripts.flatMap((name) => manifest.scripts[name] ?? []);
  const found = [
    ...commands.flatMap((command) => filesOfCommand(files, manifest, command, typescript)),
    ...mainFile(files, manifest, typescript),
    ...usualFiles(files),
  ];
  return [...new Set(found)];
}

/** The source files that a shell command starts, with `npm run x` followed into the scripts. */
export function filesOfCommand(
  files: Files,
  manifest: Manifest,
  command: string,
  typescript: TypescriptConfig,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  return command.split(/&&|\|\||;|(?<![&>])&(?!&)/).flatMap((part) => {
    const words = shellWords(part);
    const script = calledScript(words);
    const body = script === undefined ? undefined : manifest.scripts[script];
    if (script !== undefined && body !== undefined && !seen.has(script)) {
      return filesOfCommand(files, manifest, body, typescript, new Set([...seen, script]));
    }
    return fileArguments(words, manifest).flatMap((word) => sourceOf(files, word, typescript) ?? []);
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
  const [folder = '', ...rest] = path.split('/');
  const inside = rest.join('/');
  const outDir = typescript.outDir === undefined ? undefined : posix.normalize(typescript.outDir).replace(/\/$/, '');
  if (outDir && path.startsWith(`${outDir}/`)) {
    const below = path.slice(outDir.length + 1);
    return [typescript.rootDir ?? 'src', '.', 'src'].map((root) => posix.join(root, below));
  }
  if (!['dist', 'build', 'lib', 'out', 'built', '.build'].includes(folder) || inside === '') return [];
  return [`src/${inside}`, ...(inside.startsWith('src/') ? [inside] : [])];
}

function calledScript(words: readonly string[]): string | undefined {
  const [program, first, second] = words;
  if (!program || !['npm', 'yarn', 'pnpm', 'bun'].includes(program)) return undefined;
  return first === 'run' || first === 'run-script' ? second : first;
}

function fileArguments(words: readonly string[], manifest: Manifest): string[] {
  const position = words.findIndex((word) => runners.has(posix.basename(word)));
  if (position < 0) return [];
  const found: string[] = [];
  for (let index = position + 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (optionsWithValue.has(word) && runners.has(posix.basename(words[index + 1] ?? ''))) continue;
    if (optionsWithValue.has(word)) index += 1;
    else if (!word.startsWith('-') && !/^\w+=/.test(word)) found.push(word);
  }
  // `nodemon` without an argument, and `node .`, run the package's main file.
  if (found.length === 0 || found.includes('.')) found.push(manifest.main ?? 'index.js');
  return found;
}

function shellWords(command: string): string[] {
  const words = command.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.flatMap((word) => (/^["']/.test(word) ? word.slice(1, -1).split(/\s+/) : [word])).filter(Boolean);
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
