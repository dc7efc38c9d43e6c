import { posix } from 'node:path';

/** What the rooms of facts need of a target: texts by relative path (forward slashes). The plan's Workspace is one. */
export interface Files {
  /** The text, or undefined when there is no such file. */
  read(path: string): string | undefined;
  exists(path: string): boolean;
}

/** A file's text; undefined also for what is no text of the target's own: a folder, bytes, a link that leads out. */
export function readIfText(files: Files, path: string): string | undefined {
  try {
    return files.read(path);
  } catch {
    return undefined;
  }
}

const extensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx'];

/** Extensions that a TypeScript file is imported by, and the file's own. */
const typescriptFor: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
};

/**
 * The source file that a path without certainty names: with its extension left out, a folder's index, or a `.js` that
 * stands for a `.ts`, as Node, TypeScript and bundlers resolve it.
 *
 * @param path relative to the target, with forward slashes
 * @returns the file's normalised path, or undefined when it names no source file inside the target
 */
export function resolveSource(files: Files, path: string): string | undefined {
  const normal = posix.normalize(path);
  if (normal.startsWith('..') || posix.isAbsolute(normal)) return undefined;
  return candidates(normal).find((candidate) => isSource(files, candidate));
}

function candidates(path: string): string[] {
  const extension = posix.extname(path);
  const stem = path.slice(0, path.length - extension.length);
  const folder = path === '.' ? '' : `${path.replace(/\/$/, '')}/`;
  return [
    ...(path.endsWith('/') || path === '.' ? [] : [path]),
    ...(typescriptFor[extension] ?? []).map((other) => stem + other),
    ...(path.endsWith('/') || path === '.' ? [] : extensions.map((other) => path + other)),
    ...extensions.map((other) => `${folder}index${other}`),
  ];
}

function isSource(files: Files, path: string): boolean {
  const extension = posix.extname(path);
  if (extension !== '' && !extensions.includes(extension)) return false;
  return readIfText(files, path) !== undefined;
}
