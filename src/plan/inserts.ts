import type { Hunk } from './hunks.js';
import { hasWord } from './hunks.js';
import type { Insert } from './plan.js';

/** How much of the surroundings is kept at first, in UTF-16 units on each side. */
const firstReach = 80;

/** The hunks of a text as `Insert`s: each with surroundings that make it unique in this very text. */
export function describeInserts(text: string, hunks: readonly Hunk[]): Insert[] {
  return hunks.map((hunk) => {
    const end = hunk.start + hunk.text.length;
    const { before, after } = surroundings(text, hunk.start, end);
    return { before, text: hunk.text, after, ...(hunk.old === '' ? {} : { old: hunk.old }) };
  });
}

/** The rest of the line on both sides; where that is not unique, more of the file, up to all of it. */
function surroundings(text: string, start: number, end: number): { before: string; after: string } {
  let from = Math.max(lineBefore(text, start), start - firstReach);
  let to = Math.min(lineAfter(text, end), end + firstReach);
  for (let reach = firstReach; ; reach *= 2) {
    from = wholeCharacter(text, from);
    to = wholeCharacter(text, to);
    if (find(text, text.slice(from, to)) !== 'several') break;
    from = Math.max(0, Math.min(from, start - reach));
    to = Math.min(text.length, Math.max(to, end + reach));
  }
  return { before: text.slice(from, start), after: text.slice(end, to) };
}

/** The start of the line that `position` is in; at a line's start, of the line before. */
function lineBefore(text: string, position: number): number {
  const start = lineStart(text, position);
  return start === position ? lineStart(text, position - 1) : start;
}

function lineStart(text: string, position: number): number {
  return position <= 0 ? 0 : text.lastIndexOf('\n', position - 1) + 1;
}

/** The end of the line that `position` is in, without its line ending; at a line's end, of the next line. */
function lineAfter(text: string, position: number): number {
  const ending = /^\r?\n/.exec(text.slice(position, position + 2))?.[0].length ?? 0;
  const end = text.slice(position + ending).search(/\r?\n/);
  return end === -1 ? text.length : position + ending + end;
}

/** A position that does not cut a surrogate pair in two. */
function wholeCharacter(text: string, position: number): number {
  const code = text.charCodeAt(position);
  return code >= 0xdc00 && code <= 0xdfff && position > 0 ? position - 1 : position;
}

/** Where a part stands in a text when it stands there once. */
export function find(text: string, part: string): number | 'none' | 'several' {
  const first = text.indexOf(part);
  if (first === -1) return 'none';
  // indexOf clamps its start to the length, where it finds the empty string again.
  const isLast = first === text.length || text.indexOf(part, first + 1) === -1;
  return isLast ? first : 'several';
}

/** A range of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where an insertion stands now in a text that its owner may have edited since. In this order: with its surroundings,
 * with one side of them, by itself, and, for a line of its own, as a line that a formatter wrote differently (quotes,
 * spaces, semicolons, line ending). Never a guess: what is there twice is not found.
 *
 * @returns the place; `gone` when nothing of it is left; `unclear` when something of it is there and cannot be told apart
 */
export function locate(text: string, insert: Insert): Span | 'gone' | 'unclear' {
  const { before, text: own, after } = insert;
  const exact = find(text, before + own + after);
  if (typeof exact === 'number') return span(exact + before.length, own);
  if (own === '') return 'unclear';
  const sides = oneSided(text, insert);
  if (sides !== 'none') return sides === 'several' ? 'unclear' : span(sides, own);
  const alone = find(text, own);
  if (typeof alone === 'number' && hasWord(own)) return span(alone, own);
  if (alone !== 'none') return 'unclear';
  return reformattedLine(text, insert) ?? (isGone(text, insert) ? 'gone' : 'unclear');
}

function span(start: number, text: string): Span {
  return { start, end: start + text.length };
}

function oneSided(text: string, { before, text: own, after }: Insert): number | 'none' | 'several' {
  const left = before === '' ? 'none' : find(text, before + own);
  const right = after === '' ? 'none' : find(text, own + after);
  const starts = new Set<number>();
  if (typeof left === 'number') starts.add(left + before.length);
  if (typeof right === 'number') starts.add(right);
  const [only] = starts;
  if (starts.size === 1 && only !== undefined) return only;
  return starts.size === 2 ? 'several' : 'none';
}

/** The line that says the same as an inserted line, in another style. */
function reformattedLine(text: string, insert: Insert): Span | undefined {
  const own = insert.text.trim();
  const isLine = /^\s*\n|\n\s*$/.test(insert.text) && !own.includes('\n') && hasWord(own);
  if (!isLine || insert.old !== undefined) return undefined;
  const found: Span[] = [];
  let start = 0;
  for (const line of text.split(/(?<=\n)/)) {
    if (plain(line) === plain(own)) found.push({ start, end: start + line.length });
    start += line.length;
  }
  return found.length === 1 ? found[0] : undefined;
}

function plain(line: string): string {
  return line
    .replace(/[\s\uFEFF]+/g, '')
    .replace(/["`]/g, "'")
    .replace(/;+$/, '');
}

const keywords = new Set(['import', 'from', 'require', 'const', 'let', 'var', 'use', 'strict', 'export', 'default']);

/**
 * Whether the user has taken an insertion out: a word of it (that was not the user's own before) is nowhere in the file.
 * A changed name, a formatter's line break, another quote leave the words, and so are not mistaken for it.
 */
function isGone(text: string, insert: Insert): boolean {
  const had = new Set(words(insert.old ?? ''));
  const own = words(insert.text).filter((word) => !had.has(word) && !keywords.has(word));
  const present = new Set(words(text));
  return own.length === 0 || own.some((word) => !present.has(word));
}

function words(text: string): string[] {
  return text.match(/[\p{L}_$@][\p{L}\p{N}_$-]*/gu) ?? [];
}
