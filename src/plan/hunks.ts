import type { TextEdit } from '../languages/splice.js';

/** A place where a text differs from the one it was made of: `text` stands at `start` where `old` was. */
export interface Hunk {
  readonly start: number;
  readonly text: string;
  readonly old: string;
}

/** How far apart two edits may be to become one insertion (see `joinEdits`); a call's parentheses are nearer. */
const joinDistance = 400;

/** Whether there is a word in a text, so that it can be found again by itself; a lone `)` cannot. */
export function hasWord(text: string): boolean {
  return /[\p{L}_$]{2}/u.test(text);
}

/**
 * Joins edits that cannot be found again alone with a neighbour: a wrap, `instrument(` here and `)` there, becomes one
 * replacement of `express()` by `instrument(express())`.
 */
export function joinEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  const joined: TextEdit[] = [];
  for (const edit of [...edits].sort((a, b) => a.offset - b.offset)) {
    const last = joined.at(-1);
    const between = last === undefined ? '' : text.slice(last.offset + last.length, edit.offset);
    const lonely = last !== undefined && !(hasWord(last.text) && hasWord(edit.text));
    if (last === undefined || !lonely || between.length > joinDistance) {
      joined.push(edit);
      continue;
    }
    joined[joined.length - 1] = {
      offset: last.offset,
      length: edit.offset + edit.length - last.offset,
      text: last.text + between + edit.text,
    };
  }
  return joined;
}

/**
 * What differs after `edits` were made in `text`, which differed by `hunks` already. Edits inside an earlier hunk become
 * part of it; insertions that only touch one stay on their own.
 */
export function compose(text: string, hunks: readonly Hunk[], edits: readonly TextEdit[]): Hunk[] {
  let current = text;
  let result = [...hunks];
  const ordered = edits.map((edit, index) => ({ edit, index }));
  ordered.sort((a, b) => b.edit.offset - a.edit.offset || b.index - a.index);
  for (const { edit } of ordered) {
    result = composeOne(current, result, edit);
    current = current.slice(0, edit.offset) + edit.text + current.slice(edit.offset + edit.length);
  }
  return result;
}

function composeOne(text: string, hunks: readonly Hunk[], edit: TextEdit): Hunk[] {
  const editEnd = edit.offset + edit.length;
  const shift = edit.text.length - edit.length;
  const inside = hunks.filter((hunk) => belongsTo(hunk, edit));
  const start = Math.min(edit.offset, ...inside.map((hunk) => hunk.start));
  const end = Math.max(editEnd, ...inside.map((hunk) => hunk.start + hunk.text.length));
  const merged: Hunk = {
    start,
    text: text.slice(start, edit.offset) + edit.text + text.slice(editEnd, end),
    old: withoutHunks(text, start, end, inside),
  };
  const rest = hunks.filter((hunk) => !inside.includes(hunk));
  const before = rest.filter((hunk) => hunk.start < editEnd);
  const after = rest.filter((hunk) => hunk.start >= editEnd);
  return [...before, merged, ...after.map((hunk) => ({ ...hunk, start: hunk.start + shift }))];
}

/** Whether an edit changes what a hunk wrote; a deletion, which has no text to be known by, also where they only touch. */
function belongsTo(hunk: Hunk, edit: TextEdit): boolean {
  const hunkEnd = hunk.start + hunk.text.length;
  const editEnd = edit.offset + edit.length;
  if (hunk.text === '' || edit.text === '') return hunk.start <= editEnd && hunkEnd >= edit.offset;
  return hunk.start < editEnd && hunkEnd > edit.offset;
}

/** `text` from `start` to `end` with the hunks in it (given in order) undone. */
export function withoutHunks(text: string, start: number, end: number, hunks: readonly Hunk[]): string {
  let result = '';
  let position = start;
  for (const hunk of hunks) {
    result += text.slice(position, hunk.start) + hunk.old;
    position = hunk.start + hunk.text.length;
  }
  return result + text.slice(position, end);
}
