import type { ManualStep } from '../errors.js';
import { findProperties, parseJson, removeProperty } from '../languages/json.js';
import { splice } from '../languages/splice.js';
import { locate, type Span } from './inserts.js';
import type { Insert } from './plan.js';

/** An edited file as a record lists it. */
interface EditedFile {
  readonly path: string;
  readonly inserts: readonly Insert[];
}

/** A file's text without the insertions that could be taken out, and the ones that stay in it. */
export interface TakenOut {
  readonly text: string;
  readonly left: readonly ManualStep[];
}

/**
 * Takes a record's insertions out of an edited file's text. One that is gone already counts as taken out; one that
 * cannot be told apart stays and is named.
 *
 * @param keep a reason to leave an insertion in place; undefined to take it out
 */
export function takeOut(
  before: string,
  file: EditedFile,
  keep: (path: string, insert: Insert) => string | undefined = () => undefined,
): TakenOut {
  const left: ManualStep[] = [];
  const wanted: Insert[] = [];
  for (const insert of file.inserts) {
    const reason = keep(file.path, insert);
    if (reason === undefined) wanted.push(insert);
    else left.push({ path: file.path, reason, snippet: insert.text.trim() });
  }
  let { text, missed } = cutOut(before, wanted);
  const json = file.path.endsWith('.json');
  if (json && isJson(before) && !isJson(text)) [text, missed] = [before, wanted];
  for (const insert of missed) {
    const without = json ? withoutProperties(text, insert) : undefined;
    if (without !== undefined) text = without;
    else if (locate(before, insert) !== 'gone') {
      const reason = 'this was inserted and cannot be told apart any more: it was changed, or is there twice';
      left.push({ path: file.path, reason, snippet: insert.text.trim() });
    }
  }
  return { text, left };
}

/** Whether an insertion is still in a text, be it with another value (a dependency's version that was raised). */
export function isPresent(path: string, text: string, insert: Insert): boolean {
  if (typeof locate(text, insert) === 'object') return true;
  return path.endsWith('.json') && withoutProperties(text, insert) !== undefined;
}

/** The text without the insertions that stand in one clear place; two that claim the same place are both missed. */
function cutOut(text: string, inserts: readonly Insert[]): { text: string; missed: Insert[] } {
  const missed: Insert[] = [];
  const found: { span: Span; insert: Insert }[] = [];
  for (const insert of inserts) {
    const span = locate(text, insert);
    if (typeof span === 'object') found.push({ span, insert });
    else missed.push(insert);
  }
  const clear = found.filter(({ span }) => !found.some((other) => other.span !== span && overlap(other.span, span)));
  missed.push(...found.filter((one) => !clear.includes(one)).map(({ insert }) => insert));
  const edits = clear.map(({ span, insert }) => ({
    offset: span.start,
    length: span.end - span.start,
    text: insert.old ?? '',
  }));
  return { text: splice(text, edits), missed };
}

function overlap(a: Span, b: Span): boolean {
  return (a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end);
}

/**
 * A JSON text without the properties of an insertion, found by their names: another version of a dependency, a comma that
 * moved, a sibling added to an object that we made. Undefined when a name is there twice, or not.
 */
export function withoutProperties(text: string, insert: Insert): string | undefined {
  if (insert.old !== undefined || !isJson(text)) return undefined;
  const properties = `{${insert.text.trim().replace(/^,|,$/g, '')}}`;
  if (!isJson(properties)) return undefined;
  let result = text;
  for (const suffix of leaves(JSON.parse(properties))) {
    const [path, ...others] = findProperties(result, suffix);
    if (path === undefined || others.length > 0) return undefined;
    result = splice(result, removeProperty(result, path));
    const made = path.slice(0, -1);
    if (suffix.length > 1 && isEmptyObject(result, made)) result = splice(result, removeProperty(result, made));
  }
  return result;
}

function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[...path]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function isEmptyObject(text: string, path: readonly string[]): boolean {
  let node: unknown = parseJson(text, 'package.json');
  for (const key of path) node = new Map(Object.entries(node ?? {})).get(key);
  return typeof node === 'object' && node !== null && Object.keys(node).length === 0;
}

function isJson(text: string): boolean {
  try {
    parseJson(text, '');
    return true;
  } catch {
    return false;
  }
}
