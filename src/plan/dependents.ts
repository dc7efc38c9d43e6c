import { posix } from 'node:path';
import type { ManualStep } from '../errors.js';

const sourceName = /\.[cm]?[jt]sx?$/;

/** Whether a file is JavaScript or TypeScript: by its name, or, without an extension (`bin/www`), by its first line. */
export function isSource(path: string, text: string): boolean {
  if (sourceName.test(path)) return true;
  return !posix.basename(path).includes('.') && /^\uFEFF?#!.*\b(node|tsx|ts-node|bun)\b/.test(text);
}

/**
 * The places in a source file that name one of `files` in a relative specifier (`import`, `require`, `import()`; a
 * mention in a block comment or after code counts too, which errs on the safe side; one in a line that is a comment does not).
 *
 * @param path the source file; it and `files` are relative to the target
 * @returns one step for each place, with its line as the snippet
 */
export function mentions(path: string, text: string, files: readonly string[]): ManualStep[] {
  const stems = new Map(files.map((file) => [stem(file), file]));
  const found: ManualStep[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (/^\s*\/\//.test(line)) continue;
    for (const [, , specifier = ''] of line.matchAll(/(['"`])(\.{1,2}(?:\/[^'"`]*)?)\1/g)) {
      const target = posix.join(posix.dirname(path), specifier);
      const file = stems.get(stem(target)) ?? stems.get(posix.join(target, 'index'));
      if (file !== undefined) found.push({ path, reason: `line ${index + 1} uses ${file}`, snippet: line.trim() });
    }
  }
  return found;
}

function stem(path: string): string {
  return path.replace(sourceName, '');
}
