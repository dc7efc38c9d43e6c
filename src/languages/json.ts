import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { UsageError } from '../errors.js';
import { insertAt, type TextEdit } from './splice.js';

/** Where `dependencies` and the like go when they are made: before the first of these that is there. */
const newcomersGoBefore: Readonly<Record<string, readonly string[]>> = {
  dependencies: ['devDependencies', 'peerDependencies', 'optionalDependencies', 'overrides', 'engines'],
  devDependencies: ['peerDependencies', 'optionalDependencies', 'overrides', 'engines'],
  scripts: ['dependencies', 'devDependencies', 'peerDependencies'],
};

/**
 * The value of a JSON text (a BOM before it is allowed, comments and trailing commas are not).
 *
 * @param name the file's name for the message
 * @throws UsageError with the line of the first fault
 */
export function parseJson(text: string, name: string): unknown {
  parse(text, name);
  return JSON.parse(withoutBom(text));
}

/**
 * Edits that put `"key": value` into the object at `path` (made where it is missing), in the text's own indentation and
 * line endings, among its siblings in order when these are in order. No edit when the key is there, whatever its value.
 *
 * @throws UsageError when the text is not JSON, or something on `path` is not an object
 */
export function insertProperty(
  text: string,
  path: readonly string[],
  key: string,
  value: unknown,
  name = 'package.json',
): TextEdit[] {
  let parent = objectAt(parse(text, name), [], name);
  let depth = 0;
  for (; depth < path.length; depth += 1) {
    const child = findNodeAtLocation(parent, [path[depth] ?? '']);
    if (child === undefined) break;
    parent = objectAt(child, path.slice(0, depth + 1), name);
  }
  if (depth === path.length && findNodeAtLocation(parent, [key]) !== undefined) return [];
  const [first = key, ...inner] = [...path.slice(depth), key];
  const nested = inner.reduceRight((content: unknown, name) => ({ [name]: content }), value);
  return [new ObjectWriter(text, parent).insert(first, nested)];
}

/**
 * The edit that takes the property at `path` out, with its comma; none when it is not there.
 *
 * @throws UsageError when the text is not JSON
 */
export function removeProperty(text: string, path: readonly string[], name = 'package.json'): TextEdit[] {
  const property = findNodeAtLocation(parse(text, name), [...path])?.parent;
  const siblings = property?.parent?.children ?? [];
  if (property?.type !== 'property' || property.parent === undefined) return [];
  const index = siblings.indexOf(property);
  const next = siblings[index + 1];
  const previous = siblings[index - 1];
  let start = property.offset;
  let end = endOf(property);
  if (next !== undefined) end = next.offset;
  else if (previous !== undefined) start = endOf(previous);
  else [start, end] = [property.parent.offset + 1, endOf(property.parent) - 1];
  return [{ offset: start + bomLength(text), length: end - start, text: '' }];
}

/**
 * The paths of all properties whose last names are `suffix`.
 *
 * @throws UsageError when the text is not JSON
 */
export function findProperties(text: string, suffix: readonly string[], name = 'package.json'): string[][] {
  const found: string[][] = [];
  const visit = (node: Node, path: readonly string[]): void => {
    for (const property of node.type === 'object' ? (node.children ?? []) : []) {
      const [key, value] = property.children ?? [];
      const here = [...path, String(key?.value)];
      if (suffix.every((part, index) => here.at(index - suffix.length) === part)) found.push(here);
      if (value !== undefined) visit(value, here);
    }
  };
  visit(parse(text, name), []);
  return found;
}

function withoutBom(text: string): string {
  return text.slice(bomLength(text));
}

function bomLength(text: string): number {
  return text.startsWith('\uFEFF') ? 1 : 0;
}

function parse(text: string, name: string): Node {
  const errors: ParseError[] = [];
  const json = withoutBom(text);
  const tree = parseTree(json, errors, { disallowComments: true, allowTrailingComma: false });
  const [error] = errors;
  if (error !== undefined) throw invalid(json, error.offset, printParseErrorCode(error.error), name);
  if (tree === undefined) throw invalid(json, 0, 'ValueExpected', name);
  return tree;
}

/** "PropertyNameExpected" → "property name expected". */
function invalid(json: string, offset: number, code: string, name: string): UsageError {
  const lines = json.slice(0, offset).split(/\r\n|\n|\r/);
  const words = code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return new UsageError(
    `${name} is not valid JSON: line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}: ${words}.`,
    'Correct the file and run the command again. Comments and trailing commas are not JSON.',
  );
}

function objectAt(node: Node, path: readonly string[], name: string): Node {
  if (node.type === 'object') return node;
  throw new UsageError(`${name}: ${path.length === 0 ? 'the document' : path.join('.')} is not an object.`);
}

function endOf(node: Node): number {
  return node.offset + node.length;
}

/** Writes a property into one object of a text, the way that the text is written. */
class ObjectWriter {
  readonly #json: string;
  readonly #bom: number;
  readonly #properties: readonly Node[];
  readonly #object: Node;
  readonly #eol: string;
  readonly #colon: string;
  /** One level of indentation; undefined where the document is on one line. */
  readonly #unit: string | undefined;

  constructor(text: string, object: Node) {
    this.#bom = bomLength(text);
    this.#json = withoutBom(text);
    this.#object = object;
    this.#properties = object.children ?? [];
    const crlf = this.#json.split('\r\n').length - 1;
    this.#eol = crlf * 2 > this.#json.split('\n').length - 1 ? '\r\n' : '\n';
    this.#colon = /"\s*:(\s?)/.exec(this.#json)?.[1] === '' ? ':' : ': ';
    const oneLine = /\S/.test(this.#json.trim().slice(1, -1)) && !this.#json.trim().includes('\n');
    this.#unit = oneLine ? undefined : (/^[ \t]+(?=\S)/m.exec(this.#json)?.[0] ?? '  ');
  }

  insert(key: string, value: unknown): TextEdit {
    const next = this.#successor(key);
    const last = this.#properties.at(-1);
    if (next !== undefined) return this.#before(next, key, value);
    if (last !== undefined) return this.#after(last, key, value);
    return this.#intoEmpty(key, value);
  }

  #intoEmpty(key: string, value: unknown): TextEdit {
    const { offset } = this.#object;
    if (this.#unit === undefined) return this.#at(offset + 1, this.#property(key, value, ''));
    const outer = this.#lineIndent(offset);
    const indent = outer + this.#unit;
    const inside = this.#json.slice(offset + 1, endOf(this.#object) - 1);
    const closing = inside.includes('\n') ? '' : this.#eol + outer;
    return this.#at(offset + 1, `${this.#eol}${indent}${this.#property(key, value, indent)}${closing}`);
  }

  #before(next: Node, key: string, value: unknown): TextEdit {
    const indent = this.#lineIndent(next.offset);
    const property = this.#property(key, value, indent);
    const lineStart = next.offset - indent.length;
    if (this.#startsLine(next)) return this.#at(lineStart, `${indent}${property},${this.#eol}`);
    return this.#at(next.offset, property + this.#separator());
  }

  #after(last: Node, key: string, value: unknown): TextEdit {
    const separator = this.#separator();
    const indent = separator.includes('\n') ? this.#lineIndent(last.offset) : '';
    return this.#at(endOf(last), separator + this.#property(key, value, indent));
  }

  /** What stands between the last two properties, or would, if there were two. */
  #separator(): string {
    const [previous, last] = this.#properties.slice(-2);
    if (previous !== undefined && last !== undefined) {
      return this.#json.slice(endOf(previous), last.offset).replace(/(\r?\n)\s*\n/, '$1');
    }
    if (previous !== undefined && this.#startsLine(previous))
      return `,${this.#eol}${this.#lineIndent(previous.offset)}`;
    return this.#colon === ':' ? ',' : ', ';
  }

  /** The sibling before which a key belongs; undefined for the end. */
  #successor(key: string): Node | undefined {
    const keys = this.#properties.map((property) => String(property.children?.[0]?.value));
    const goesBefore = newcomersGoBefore[key];
    if (goesBefore !== undefined) return this.#properties[keys.findIndex((sibling) => goesBefore.includes(sibling))];
    const isSorted = keys.every((sibling, index) => index === 0 || compare(keys[index - 1] ?? '', sibling) < 0);
    return isSorted ? this.#properties[keys.findIndex((sibling) => compare(sibling, key) > 0)] : undefined;
  }

  #property(key: string, value: unknown, indent: string): string {
    const unit = this.#unit ?? '';
    const lines = JSON.stringify(value, null, unit).replaceAll('\n', this.#eol + indent);
    return JSON.stringify(key) + this.#colon + lines;
  }

  #startsLine(node: Node): boolean {
    return /(^|\n)[ \t]*$/.test(this.#json.slice(0, node.offset)) && this.#json.slice(0, node.offset).includes('\n');
  }

  #lineIndent(offset: number): string {
    const start = this.#json.lastIndexOf('\n', offset - 1) + 1;
    return /^[ \t]*/.exec(this.#json.slice(start, offset))?.[0] ?? '';
  }

  #at(offset: number, text: string): TextEdit {
    return insertAt(offset + this.#bom, text);
  }
}

/**
 * npm sorts with localeCompare in English, which comes to the same for the characters that package names have; loading
 * the collation for it takes longer than all the rest here.
 */
function compare(a: string, b: string): number {
  const [first, second] = [a.toLowerCase(), b.toLowerCase()];
  return first < second ? -1 : Number(first > second);
}
