import { createTwoFilesPatch } from 'diff';
import type { FileChange } from '../plan/plan.js';
import type { Paint } from './paint.js';

/** The changes as one patch that `git apply` takes, in the order given. */
export function patchOf(changes: readonly FileChange[]): string {
  return changes.map(filePatch).join('');
}

/** One file's part of the patch, with git's own header lines. */
export function filePatch({ path, before, after }: FileChange): string {
  const header = [`diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}`];
  if (before === null) header.push('new file mode 100644');
  if (after === null) header.push('deleted file mode 100644');
  const body = createTwoFilesPatch(
    before === null ? '/dev/null' : quoted(`a/${path}`),
    after === null ? '/dev/null' : quoted(`b/${path}`),
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3 },
  );
  // The library begins with a line of its own ("====") and says nothing of files that only came into being empty.
  const lines = body.split('\n').filter((line) => !/^={60,}$/.test(line));
  return `${header.join('\n')}\n${lines.join('\n')}`;
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
