import { posix } from 'node:path';
import { type Files, readIfText, resolveSource } from './source-files.js';
import type { TypescriptConfig } from './tsconfig.js';

/** A source file reached from a start file. */
export interface ReachedFile {
  readonly path: string;
  readonly text: string;
  /** Number of imports between the start file and this one. */
  readonly depth: number;
}

/**
 * Enough for the parts of an application where the app object is made; a bound, so that a large repository is not read
 * whole to find it.
 */
const mostFiles = 120;

/** For a question whose answer may lie anywhere in the code, such as whether something measures already. */
export const wholeProgram = 5_000;

/**
 * The source files that a file imports, nearest first, itself included. Specifiers are found by a regular expression:
 * that is enough to look around (one in a comment costs a look, no more); nothing is edited by what is found here.
 *
 * @param most number of files after which the search ends
 */
export function* reachedFiles(
  files: Files,
  start: string,
  typescript: TypescriptConfig,
  imports: Readonly<Record<string, unknown>> = {},
  most = mostFiles,
): Generator<ReachedFile> {
  const queue: { path: string; depth: number }[] = [{ path: start, depth: 0 }];
  const seen = new Set([start]);
  for (const { path, depth } of queue) {
    const text = readIfText(files, path);
    if (text === undefined) continue;
    yield { path, text, depth };
    for (const specifier of specifiersOf(text)) {
      const next = resolveSpecifier(files, path, specifier, typescript, imports);
      if (next === undefined || seen.has(next) || seen.size >= most) continue;
      seen.add(next);
      queue.push({ path: next, depth: depth + 1 });
    }
  }
}

/** The module specifiers in a source text, in their order. */
export function specifiersOf(text: string): string[] {
  const pattern = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"`])([^'"`\n]+)\1/g;
  return [...text.matchAll(pattern)].map((match) => match[2] ?? '');
}

/**
 * The source file of the target that a specifier names: relative, by tsconfig's `paths` and `baseUrl`, or by
 * package.json's `imports`.
 *
 * @returns undefined for a package, and for what is not there
 */
export function resolveSpecifier(
  files: Files,
  from: string,
  specifier: string,
  typescript: TypescriptConfig,
  imports: Readonly<Record<string, unknown>>,
): string | undefined {
  if (specifier.startsWith('.')) return resolveSource(files, posix.join(posix.dirname(from), trimSlash(specifier)));
  const targets = [
    ...Object.entries(typescript.paths).flatMap(([alias, paths]) =>
      paths.map((path) => substitute(alias, path, specifier)),
    ),
    ...Object.entries(imports).map(([alias, path]) => substitute(alias, importTarget(path), specifier)),
    typescript.baseUrl === undefined ? undefined : posix.join(typescript.baseUrl, specifier),
  ];
  return targets.flatMap((path) => (path === undefined ? [] : (resolveSource(files, path) ?? [])))[0];
}

function trimSlash(specifier: string): string {
  return specifier === '/' ? specifier : specifier.replace(/(?<=.)\/$/, '/index');
}

function substitute(alias: string, target: string | undefined, specifier: string): string | undefined {
  if (target === undefined) return undefined;
  const [head = '', tail] = alias.split('*');
  if (tail === undefined) return alias === specifier ? target : undefined;
  if (!specifier.startsWith(head) || !specifier.endsWith(tail)) return undefined;
  return target.replace('*', specifier.slice(head.length, specifier.length - tail.length));
}

/** A subpath import's target; of conditions, the first that names a file. */
function importTarget(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value)
    .map(importTarget)
    .find((target) => target !== undefined);
}
