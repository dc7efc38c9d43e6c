import { ts } from 'ts-morph';
import type { TextEdit } from '../splice.js';
import { majorityEol } from '../style.js';
import { endWithTrailingComments } from './comments.js';
import { parseSource } from './parse.js';
import { createScope, type Scope } from './scope.js';
import { unwrap } from './walk.js';

/** Parses a file that holds data: JSON (comments are allowed), or JavaScript and TypeScript. */
export function parseData(path: string, text: string): ts.SourceFile {
  if (!/\.json[c5]?$/i.test(path)) return parseSource(path, text);
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JSON);
}

/**
 * The expression that a name stands for, as long as it is a constant of the same file, without parentheses and types
 * around it; the expression itself for everything that is no name.
 */
export function resolveConstant(expression: ts.Expression, scope: Scope): ts.Expression {
  let current = unwrap(expression);
  for (let steps = 0; ts.isIdentifier(current) && steps < 10; steps += 1) {
    const [declaration, ...others] = scope.symbolOf(current)?.declarations ?? [];
    if (declaration === undefined || others.length > 0 || !ts.isVariableDeclaration(declaration)) break;
    const isConstant = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
    if (!isConstant || declaration.initializer === undefined) break;
    current = unwrap(declaration.initializer);
  }
  return current;
}

/** The value that an object's property has, by its name or one of its aliases; undefined when it is not there. */
export function propertyValue(
  object: ts.ObjectLiteralExpression,
  names: readonly string[],
  scope?: Scope,
): ts.Expression | undefined {
  for (const property of object.properties) {
    if (property.name === undefined || !names.includes(nameText(property.name) ?? '')) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return scope && resolveConstant(property.name, scope);
  }
  return undefined;
}

/** The value of a literal: a text, a number (with its sign), true, false; undefined for everything else. */
export function literalValue(expression: ts.Expression | undefined): string | number | boolean | undefined {
  if (expression === undefined) return undefined;
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  const isNegative = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
  return isNegative && ts.isNumericLiteral(node.operand) ? -Number(node.operand.text) : undefined;
}

/** True when every property of an object is written out: no spread, no computed name, no method, no accessor. */
export function isPlain(object: ts.ObjectLiteralExpression): boolean {
  return object.properties.every(
    (property) => ts.isPropertyAssignment(property) && nameText(property.name) !== undefined,
  );
}

/** One property to be set, under its name or, where it goes by another one already, under that. */
export interface Setting {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly value: string | number;
}

/**
 * The edits that give properties of a plain object other values: a value that is there is replaced where it stands, a
 * property that is not comes after the last one, as that one is written (own line or not, quotes, trailing comma).
 */
export function setProperties(
  file: ts.SourceFile,
  object: ts.ObjectLiteralExpression,
  settings: readonly Setting[],
): TextEdit[] {
  const edits: TextEdit[] = [];
  const added: string[] = [];
  for (const { name, aliases = [], value } of settings) {
    const old = object.properties.find(
      (property) => property.name && [name, ...aliases].includes(nameText(property.name) ?? ''),
    );
    if (old === undefined || !ts.isPropertyAssignment(old)) {
      added.push(`${printName(file, object, name)}${colon(file, object)}${print(file, value)}`);
    } else if (literalValue(old.initializer) !== value) {
      const start = old.getStart(file);
      // The whole property, because a lone number could not be found again.
      const text = file.text.slice(start, old.initializer.getStart(file)) + print(file, value);
      edits.push({ offset: start, length: old.end - start, text });
    }
  }
  return [...edits, ...append(file, object, added)];
}

function append(file: ts.SourceFile, object: ts.ObjectLiteralExpression, added: readonly string[]): TextEdit[] {
  const { text } = file;
  const last = object.properties.at(-1);
  if (added.length === 0) return [];
  if (last === undefined) return [insert(object.getStart(file) + 1, ` ${added.join(', ')} `)];
  const ownLine = lineIndent(text, last.getStart(file));
  const comma = object.properties.hasTrailingComma ? text.indexOf(',', skipComments(text, last.end)) + 1 : undefined;
  if (ownLine === undefined) {
    const items = added.join(', ');
    return comma === undefined ? [insert(last.end, `, ${items}`)] : [insert(comma, ` ${items},`)];
  }
  const eol = majorityEol(text) ?? '\n';
  if (ownLine.startsWithComma) {
    return [
      insert(endWithTrailingComments(text, last.end), added.map((item) => `${eol}${ownLine.text}, ${item}`).join('')),
    ];
  }
  const lines = added.map((item) => `${eol}${ownLine.text}${item}`);
  if (comma !== undefined) {
    return [insert(endWithTrailingComments(text, comma), lines.map((line) => `${line},`).join(''))];
  }
  const end = endWithTrailingComments(text, last.end);
  if (end === last.end) return [insert(end, `,${lines.join(',')}`)];
  return [insert(last.end, ','), insert(end, lines.join(','))];
}

/** What stands before a thing that is the first of its line; undefined where something else is. */
function lineIndent(text: string, offset: number): { text: string; startsWithComma: boolean } | undefined {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const match = /^([ \t]*)(, *)?$/.exec(before);
  if (match === null || !text.slice(0, offset).includes('\n')) return undefined;
  return { text: match[1] ?? '', startsWithComma: match[2] !== undefined };
}

/** The offset of the next character that is neither white space nor in a comment. */
function skipComments(text: string, offset: number): number {
  return offset + (/^(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*/.exec(text.slice(offset))?.[0].length ?? 0);
}

function insert(offset: number, text: string): TextEdit {
  return { offset, length: 0, text };
}

/** The name of a property that is written out; undefined for one that is computed. */
export function nameText(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
}

function printName(file: ts.SourceFile, object: ts.ObjectLiteralExpression, name: string): string {
  const names = object.properties.flatMap((property) => property.name ?? []);
  const isQuoted = isJson(file) || (names.length > 0 && names.every(ts.isStringLiteralLike));
  return isQuoted ? quoted(file, name) : name;
}

function print(file: ts.SourceFile, value: string | number): string {
  return typeof value === 'number' ? String(value) : quoted(file, value);
}

/** In the quotes that most of the file's texts have. */
function quoted(file: ts.SourceFile, word: string): string {
  const count = (quote: string) => file.text.split(quote).length;
  const quote = isJson(file) || count('"') > count("'") ? '"' : "'";
  return quote + word + quote;
}

/** What stands between the last property's name and value: `:` and spaces. */
function colon(file: ts.SourceFile, object: ts.ObjectLiteralExpression): string {
  const last = object.properties.at(-1);
  if (last === undefined || !ts.isPropertyAssignment(last)) return ': ';
  const between = file.text.slice(last.name.end, last.initializer.getStart(file));
  return [':', ' : '].includes(between) ? between : ': ';
}

function isJson(file: ts.SourceFile): boolean {
  return /\.json[c5]?$/i.test(file.fileName);
}

/** The scope of a data file; JSON has no names. */
export function scopeOf(file: ts.SourceFile): Scope {
  return isJson(file) ? { symbolOf: () => undefined } : createScope(file);
}
