import { type Files, readIfText } from './source-files.js';

/**
 * What the target's Dockerfile starts: ENTRYPOINT and CMD of its last stage as one shell command; undefined when it says
 * nothing. Good enough to look for the entry; nothing is edited by what is found here.
 */
export function dockerCommand(files: Files): string | undefined {
  const lines = (readIfText(files, 'Dockerfile') ?? '').replace(/\\[ \t]*\r?\n/g, ' ').split(/\r?\n/);
  const stage = lines.slice(lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)) + 1);
  const words = ['ENTRYPOINT', 'CMD'].flatMap((name) => lastInstruction(stage, name) ?? []);
  return words.length === 0 ? undefined : words.join(' ');
}

/** Only the last instruction of a name counts (Dockerfile reference, "CMD" and "ENTRYPOINT"). */
function lastInstruction(lines: readonly string[], name: string): string | undefined {
  const pattern = new RegExp(`^\\s*${name}\\s+(.+)$`, 'i');
  const value = lines
    .findLast((line) => pattern.test(line))
    ?.match(pattern)?.[1]
    ?.trim();
  return value?.startsWith('[') ? execForm(value) : value;
}

function execForm(value: string): string | undefined {
  try {
    const words: unknown = JSON.parse(value);
    return Array.isArray(words) ? words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ') : undefined;
  } catch {
    return undefined;
  }
}
