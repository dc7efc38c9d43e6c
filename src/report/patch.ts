import { type StructuredPatchHunk, structuredPatch } from 'diff';
import type { FileChange } from '../plan/plan.js';
import type { Paint } from './paint.js';

/** The changes as one patch that `git apply` takes, in the order given. */
export function patchOf(changes: readonly FileChange[]): string {
  return changes.map(filePatch).join('');
}

/** Lines of a generated file that a person is shown. */
const longestShown = 40;

/** The changes for a person to read before they are written: of long generated files only that they are new. */
export function patchToRead(changes: readonly FileChange[]): string {
  return changes
    .map((change) => {
      const { kind, before, after } = change;
      const lines = (after ?? '').split('\n').length - 1;
      const generated = kind === 'sealed' || kind === 'record';
      if (!generated || before !== null || lines <= longestShown) return filePatch(change);
      const head = filePatch({ ...change, after: '' });
      return `${head}(${lines} generated lines; --dry-run prints them)\n`;
    })
    .join('');
}

/** One file's part of the patch, with git's own header lines. The names are ours to quote: the library's quotes are not git's. */
export function filePatch({ path, before, after }: FileChange): string {
  const lines = [`diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}`];
  if (before === null) lines.push('new file mode 100644');
  if (after === null) lines.push('deleted file mode 100644');
  const hunks = before === null ? wholeFile(after ?? '') : changedLines(path, before, after ?? '');
  if (hunks.length > 0) {
    // A tab ends a name that has spaces, as git writes it.
    const end = path.includes(' ') ? '\t' : '';
    lines.push(before === null ? '--- /dev/null' : `--- ${quoted(`a/${path}`)}${end}`);
    lines.push(after === null ? '+++ /dev/null' : `+++ ${quoted(`b/${path}`)}${end}`);
  }
  return [...lines, ...hunks.flatMap(hunkLines), ''].join('\n');
}

function changedLines(path: string, before: string, after: string): StructuredPatchHunk[] {
  return structuredPatch(path, path, before, after, undefined, undefined, { context: 3 }).hunks;
}

/** A new file's lines. There is nothing to compare them with, and a dashboard has thousands. */
function wholeFile(text: string): StructuredPatchHunk[] {
  if (text === '') return [];
  const lines = text.replace(/\n$/, '').split('\n');
  const added = lines.map((line) => `+${line}`);
  const end = text.endsWith('\n') ? [] : ['\\ No newline at end of file'];
  return [{ oldStart: 1, oldLines: 0, newStart: 1, newLines: lines.length, lines: [...added, ...end] }];
}

function hunkLines({ oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk): string[] {
  // In front of no lines stands the number of the line before them.
  const from = oldLines === 0 ? oldStart - 1 : oldStart;
  const to = newLines === 0 ? newStart - 1 : newStart;
  return [`@@ -${from},${oldLines} +${to},${newLines} @@`, ...lines];
}

/** The patch as a person reads it on a terminal. */
export function paintPatch(patch: string, paint: Paint): string {
  return patch
    .split('\n')
    .map((line) => {
      if (/^(?:diff|index|new file|deleted file|---|\+\+\+)/.test(line)) return paint('bold', line);
      if (line.startsWith('@@')) return paint('cyan', line);
      if (line.startsWith('+')) return paint('green', line);
      return line.startsWith('-') ? paint('red', line) : line;
    })
    .join('\n');
}

/** git quotes a path with control characters, quotes, backslashes or bytes above 127, C style. */
function quoted(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the characters to look for
  if (!/["\\\x00-\x1f\x7f-\uffff]/.test(path)) return path;
  const bytes = [...Buffer.from(path, 'utf8')].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') return `\\${character}`;
    return byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : character;
  });
  return `"${bytes.join('')}"`;
}
