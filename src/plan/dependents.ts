import { posix } from 'node:path';
import type { ManualStep } from '../errors.js';

const sourceName = /\.(?:[cm]?[jt]sx?|py)$/;

/** Whether a file is JavaScript, TypeScript or Python: by its name, or, without an extension (`bin/www`), by its first line. */
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
  if (path.endsWith('.py')) return pythonMentions(path, text, files);
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

/**
 * The lines of a Python file that import one of `files`, or something of it. A name without dots before it may be looked
 * for from any folder above, so its end decides; the name alone of a module within a package (`settings`) means another one.
 */
function pythonMentions(path: string, text: string, files: readonly string[]): ManualStep[] {
  const going = files.filter((file) => file.endsWith('.py'));
  const found: ManualStep[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const [, from, names = '', plain = ''] = /^\s*(?:from\s+([\w.]+)\s+import\s+(.*)|import\s+(.*))$/.exec(line) ?? [];
    const imported = from === undefined ? wordsOf(plain) : [from, ...wordsOf(names).map((name) => joined(from, name))];
    const file = going.find((one) => imported.some((module) => isNamed(one, path, module)));
    if (file !== undefined) found.push({ path, reason: `line ${index + 1} uses ${file}`, snippet: line.trim() });
  }
  return found;
}

function isNamed(file: string, from: string, module: string): boolean {
  const [, dots = '', rest = ''] = /^(\.*)(.*)$/.exec(module) ?? [];
  const steps = rest.split('.').filter(Boolean);
  const path = file.replace(/(?:\/__init__)?\.py$/, '');
  if (dots !== '') return path === posix.join(posix.dirname(from), '../'.repeat(dots.length - 1), ...steps);
  const isWhole = steps.length > 1 || file.endsWith('/__init__.py') || !file.includes('/');
  return steps.length > 0 && isWhole && `/${path}`.endsWith(`/${steps.join('/')}`);
}

/** `a.b as c, d` names `a.b` and `d`. */
function wordsOf(list: string): string[] {
  return list.split(',').flatMap((part) => /[\w.]+/.exec(part)?.[0] ?? []);
}

function joined(module: string, name: string): string {
  return module.endsWith('.') ? module + name : `${module}.${name}`;
}

function stem(path: string): string {
  return path.replace(sourceName, '');
}
