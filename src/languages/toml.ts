import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { insertAt, splice, type TextEdit } from './splice.js';
import { majorityEol } from './style.js';

export type TomlTable = Readonly<Record<string, unknown>>;

/**
 * Reads a TOML file.
 *
 * @throws Error, with line and column, when it is not valid
 */
export function parseToml(text: string): TomlTable {
  return parse(text.replace(/^\uFEFF/, ''));
}

/** What a path of keys leads to; undefined when it leads nowhere. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => asTable(value)[key], root);
}

/** A table; an empty one for every other value. */
export function asTable(value: unknown): TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** `key = value`, or a table's header (then `value` is empty), where it stands in the text. */
interface Statement {
  /** The table that it is in, and for a header the table that begins. */
  readonly table: readonly string[];
  /** Undefined for a header. */
  readonly key: readonly string[] | undefined;
  readonly valueStart: number;
  /** The value's, or header's, last character is before it. */
  readonly end: number;
}

/**
 * The edits that add an item to an array of strings, in the array's own manner: its lines, its quotes, its trailing comma.
 *
 * @returns undefined when the array is not there, or the result would not be just that
 */
export function addToArray(text: string, path: readonly string[], item: string): TextEdit[] | undefined {
  const statement = statementsOf(text).find(
    ({ table, key }) => key && isDeepStrictEqual([...table, ...key], [...path]),
  );
  const present = valueAt(safeParse(text), path);
  if (statement === undefined || !Array.isArray(present) || text[statement.valueStart] !== '[') return undefined;
  const edits = arrayEdits(text, statement, quoted(text, item));
  return checked(text, edits, path, [...present, item]);
}

/**
 * The edits that add `key = "value"` behind the last key of a table.
 *
 * @returns undefined when the table has no place of its own in the file, or the result would not be just that
 */
export function addToTable(text: string, path: readonly string[], key: string, value: string): TextEdit[] | undefined {
  const inTable = statementsOf(text).filter(({ table }) => isDeepStrictEqual([...table], [...path]));
  const last = inTable.at(-1);
  if (last === undefined) return undefined;
  const eol = majorityEol(text) ?? '\n';
  const line = lineEnd(text, last.end);
  const edits = [insertAt(line, `${eol}${key} = ${quoted(text, value)}`)];
  return checked(text, edits, [...path, key], value);
}

/**
 * The edits that add a table of lists of texts behind everything.
 *
 * @returns undefined when the table is there, or the result would not be just that
 */
export function addTable(
  text: string,
  path: readonly string[],
  lists: Readonly<Record<string, readonly string[]>>,
): TextEdit[] | undefined {
  if (valueAt(safeParse(text), path) !== undefined) return undefined;
  const eol = majorityEol(text) ?? '\n';
  const lines = Object.entries(lists).map(
    ([key, items]) => `${key} = [${items.map((item) => quoted(text, item)).join(', ')}]`,
  );
  const isEnded = text === '' || text.endsWith('\n');
  const added = [...(isEnded ? [''] : ['', '']), `[${path.join('.')}]`, ...lines, ...(isEnded ? [''] : [])].join(eol);
  return checked(text, [insertAt(text.length, added)], path, { ...lists });
}

/** The edits, when the file then says what it said, and `value` at the path. */
function checked(
  text: string,
  edits: readonly TextEdit[],
  path: readonly string[],
  value: unknown,
): TextEdit[] | undefined {
  const before = safeParse(text);
  const after = safeParse(splice(text, edits));
  return isDeepStrictEqual(after, withValue(before, path, value)) ? [...edits] : undefined;
}

function withValue(root: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  return { ...asTable(root), [key]: withValue(asTable(root)[key], rest, value) };
}

/** Through JSON: the parser's tables have no prototype, and its dates are objects of its own. */
function safeParse(text: string): unknown {
  try {
    return JSON.parse(JSON.stringify(parseToml(text)));
  } catch {
    return undefined;
  }
}

function arrayEdits(text: string, { valueStart, end }: Statement, item: string): TextEdit[] {
  const { last, comma } = lastItem(text, valueStart, end);
  if (last === undefined) return [insertAt(valueStart + 1, item)];
  const eol = majorityEol(text) ?? '\n';
  const closing = text.lastIndexOf('\n', end - 1);
  const isOnLines = closing >= last;
  if (!isOnLines) return [insertAt(comma ?? last, comma === undefined ? `, ${item}` : ` ${item},`)];
  const lineStart = text.lastIndexOf('\n', last - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
  const line = lineEnd(text, comma ?? last);
  const added = insertAt(line, eol + indent + item + (comma === undefined ? '' : ','));
  return comma === undefined ? [insertAt(last, ','), added] : [added];
}

/** Where the last item of an array ends, and where a comma behind it does. */
function lastItem(text: string, start: number, end: number): { last: number | undefined; comma: number | undefined } {
  let last: number | undefined;
  let comma: number | undefined;
  for (let position = start + 1; position < end - 1; ) {
    const next = tokenEnd(text, position);
    const token = text.slice(position, next);
    if (token === ',') comma = next;
    else if (token.trim() !== '' && !token.startsWith('#')) {
      last = next;
      comma = undefined;
    }
    position = next;
  }
  return { last, comma };
}

/** Takes a TOML text apart into its statements, as far as their places are needed; a text that is not valid gives any. */
function statementsOf(text: string): Statement[] {
  const found: Statement[] = [];
  let table: string[] = [];
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  while (position < text.length) {
    const next = tokenEnd(text, position);
    const character = text[position] ?? '';
    if (/\s/.test(character) || character === '#') {
      position = next;
    } else if (character === '[') {
      const end = lineEndOfCode(text, position);
      table = keyParts(text.slice(position, end).replace(/^\[+|\]+\s*$/g, ''));
      found.push({ table, key: undefined, valueStart: end, end });
      position = end;
    } else {
      const equals = equalsSign(text, position);
      const valueStart = equals + (/^=[ \t]*/.exec(text.slice(equals))?.[0].length ?? 1);
      const end = lineEndOfCode(text, valueStart);
      found.push({ table, key: keyParts(text.slice(position, equals)), valueStart, end });
      position = Math.max(end, position + 1);
    }
  }
  return found;
}

function equalsSign(text: string, start: number): number {
  let position = start;
  while (position < text.length && text[position] !== '=' && text[position] !== '\n')
    position = tokenEnd(text, position);
  return position;
}

/** The parts of a dotted key; quoted ones without their quotes. */
function keyParts(text: string): string[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+/g) ?? [];
  return words.map((word) => (/^["']/.test(word) ? word.slice(1, -1) : word));
}

/** Where the code of a statement ends that begins here: before a comment, spaces and the line's end; brackets may span lines. */
function lineEndOfCode(text: string, start: number): number {
  let depth = 0;
  let end = start;
  for (let position = start; position < text.length; ) {
    const next = tokenEnd(text, position);
    const token = text.slice(position, next);
    if (depth === 0 && /^\r?\n$/.test(token)) break;
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (token.trim() !== '' && !token.startsWith('#')) end = next;
    position = next;
  }
  return end;
}

/** A string of each kind, a comment, a line break, spaces, a bracket, comma or equals sign, or a bare word. */
const token =
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\r\n]*|\r?\n|[ \t\r]+|[[\]{},=]|[^\s"'#[\]{},=]+|[\s\S]/y;

function tokenEnd(text: string, position: number): number {
  token.lastIndex = position;
  return position + (token.exec(text)?.[0].length ?? 1);
}

function lineEnd(text: string, offset: number): number {
  const rest = text.slice(offset).search(/\r?\n/);
  return rest === -1 ? text.length : offset + rest;
}

/** A string without characters that need an escape, in the quotes that the file uses more often. */
function quoted(text: string, value: string): string {
  const count = (quote: string) => text.split(quote).length;
  return count("'") > count('"') ? `'${value}'` : `"${value}"`;
}
