import { insertAt, type TextEdit } from '../splice.js';
import { majorityEol } from '../style.js';
import { importedNames, isImport } from './imports.js';
import { parts, statementEnd } from './nodes.js';
import { lineAt, type PythonSource, type SyntaxNode } from './parse.js';

/** Why a line cannot be put where it belongs. */
export interface Unplaceable {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** An import to be added: `from <module> import <name> as <local>`. */
export interface NewImport {
  readonly module: string;
  readonly name: string;
  readonly local: string;
}

/** The edit that puts a statement on a line of its own behind another one, in its block. */
export function statementAfter(source: PythonSource, statement: SyntaxNode, code: string): TextEdit | Unplaceable {
  const { text } = source;
  const start = statement.startIndex;
  const before = text.slice(lineStart(text, start), start).replace(/^\uFEFF/, '');
  const end = statementEnd(statement);
  const line = { line: lineAt(text, start) };
  if (!/^[ \t\f]*$/.test(before)) return { ...line, reason: 'it shares its line with what stands before it' };
  if (!/^[ \t]*;?[ \t]*(#|$)/.test(restOfLine(text, end))) {
    return { ...line, reason: 'it shares its line with what stands behind it' };
  }
  return insertAt(lineEnd(text, end), eolOf(source) + before + code);
}

/** The line of an import. */
export function printImport({ module, name, local }: NewImport): string {
  return `from ${module} import ${name}${local === name ? '' : ` as ${local}`}`;
}

/**
 * The edit that adds an import of the project's own: behind the last import at the file's top level that stands before
 * the code in question (so that what that code relies on has happened, such as gevent's patches), or in its place among
 * the project's own there, where they are sorted; without one, behind the
 * docstring, or above the first statement and the comment that belongs to it. An import of a section of its own gets an
 * empty line where the file separates imports from code.
 *
 * @param before the imported name is used from this node on
 * @param isOwn whether an imported module is the project's own
 */
export function insertImport(
  source: PythonSource,
  added: NewImport,
  before: SyntaxNode,
  isOwn: (module: string) => boolean = () => false,
): TextEdit | Unplaceable {
  const statements = parts(source.root);
  const index = statements.findIndex((statement) => before.startIndex < statement.endIndex);
  const earlier = statements.slice(0, index === -1 ? statements.length : index);
  const last = earlier.findLast(isImport);
  if (last !== undefined) {
    const sorted = amongSorted(source, earlier.slice(0, earlier.indexOf(last) + 1), added, isOwn);
    return sorted ?? behindImport(source, statements, last, printImport(added), before, isOwn);
  }
  return insertFirst(source, printImport(added));
}

/**
 * The edit that puts lines before everything that a file does: behind its docstring and what it imports from
 * `__future__`, else above the first statement and the comment that belongs to it; a header stays first. An empty line
 * separates them from what is around.
 *
 * @param code one line or more, without a line break at the end
 */
export function insertFirst(source: PythonSource, code: string): TextEdit | Unplaceable {
  const statements = parts(source.root);
  const leading = statements.filter(
    (statement, index) => statement.type === 'future_import_statement' || (index === 0 && isDocstring(statement)),
  );
  const last = leading.at(-1);
  return last === undefined
    ? atTheTop(source, statements[0], code)
    : behindLeading(source, last, code, statements[statements.indexOf(last) + 1]);
}

/** The edit that puts lines at the end of a file, which goes on ending in a line break, or in none. */
export function insertLast(source: PythonSource, code: string): TextEdit {
  const { text } = source;
  const eol = eolOf(source);
  const isEmpty = /^\uFEFF?$/.test(text);
  const endsLine = /\n$/.test(text);
  return insertAt(text.length, (isEmpty ? '' : endsLine ? eol : eol + eol) + code + (isEmpty || endsLine ? eol : ''));
}

/** Whether a statement at the top of a file is its docstring. */
export function isDocstring(statement: SyntaxNode): boolean {
  const [only] = statement.type === 'expression_statement' ? parts(statement) : [];
  return only?.type === 'string' || only?.type === 'concatenated_string';
}

function behindImport(
  source: PythonSource,
  statements: readonly SyntaxNode[],
  last: SyntaxNode,
  code: string,
  before: SyntaxNode,
  isOwn: (module: string) => boolean,
): TextEdit | Unplaceable {
  const { text } = source;
  let end = last;
  for (const next of statements.slice(statements.indexOf(last) + 1)) {
    if (lineStart(text, next.startIndex) > statementEnd(end)) break;
    end = next;
  }
  const place = lineEnd(text, statementEnd(end));
  if (place > before.startIndex) {
    return { line: lineAt(text, before.startIndex), reason: 'it shares its line with an import' };
  }
  const eol = eolOf(source);
  const isApart = /^\r?\n[ \t\f]*(\r?\n|$)/.test(text.slice(place));
  const ofOurs = importedNames(last).every(({ module }) => module.startsWith('.') || isOwn(module));
  return insertAt(place, (isApart && !ofOurs ? eol : '') + eol + code);
}

/** Fewer may be in order by chance. */
const leastSorted = 3;

/**
 * The edit that puts an import among the project's own that stand line by line at the end of all imports, sorted by their
 * modules as isort does; undefined where they are not, or it belongs behind them.
 */
function amongSorted(
  source: PythonSource,
  earlier: readonly SyntaxNode[],
  added: NewImport,
  isOwn: (module: string) => boolean,
): TextEdit | undefined {
  const { text } = source;
  const isOfOurs = (statement: SyntaxNode) =>
    statement.type === 'import_from_statement' &&
    importedNames(statement).every(({ module }) => module.startsWith('.') || isOwn(module));
  const breaks = (statement: SyntaxNode, index: number) => {
    const next = earlier[index + 1];
    const between = next === undefined ? '\n' : text.slice(statementEnd(statement), next.startIndex);
    return !isOfOurs(statement) || !/^[ \t]*(?:#[^\n]*)?\r?\n$/.test(between);
  };
  const run = earlier.slice(earlier.findLastIndex(breaks) + 1);
  const key = (module: string) => module.toLowerCase();
  const keys = run.map((statement) => key(importedNames(statement)[0]?.module ?? ''));
  const dots = (module: string) => /^\.*/.exec(module)?.[0];
  const isSorted = keys.every(
    (one, index) => dots(one) === dots(added.module) && (index === 0 || (keys[index - 1] ?? '') <= one),
  );
  const next = run[keys.findIndex((one) => one > key(added.module))];
  if (run.length < leastSorted || !isSorted || next === undefined) return undefined;
  return insertAt(lineStart(text, next.startIndex), printImport(added) + eolOf(source));
}

function behindLeading(
  source: PythonSource,
  leading: SyntaxNode,
  code: string,
  next: SyntaxNode | undefined,
): TextEdit | Unplaceable {
  const { text } = source;
  if (next !== undefined && lineStart(text, next.startIndex) < leading.endIndex) {
    return { line: lineAt(text, leading.startIndex), reason: 'it shares its line with code' };
  }
  const eol = eolOf(source);
  const place = lineEnd(text, leading.endIndex);
  // Of the empty lines that are there, the definition below wants two (PEP 8), everything else one.
  const there = /^(?:\r?\n[ \t\f]*(?=\r?\n|$))*/.exec(text.slice(place))?.[0].split('\n').length ?? 1;
  const missing = Math.max(0, (isDefinition(next) ? 2 : 1) - (there - 1));
  return insertAt(place, eol + eol + code + eol.repeat(missing));
}

/** Whether formatters want two empty lines above a statement. */
function isDefinition(statement: SyntaxNode | undefined): boolean {
  return /^(?:decorated|function|class)_definition$/.test(statement?.type ?? '');
}

function atTheTop(source: PythonSource, first: SyntaxNode | undefined, code: string): TextEdit {
  const { text } = source;
  const eol = eolOf(source);
  if (first === undefined) {
    const isEmpty = /^\uFEFF?$/.test(text);
    return insertAt(text.length, (isEmpty ? '' : text.endsWith('\n') ? eol : eol + eol) + code + eol);
  }
  const apart = isDefinition(first) ? eol + eol + eol : eol + eol;
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  let place = lineStart(text, first.startIndex);
  for (let above = place; above > 0; ) {
    above = lineStart(text, above - 1);
    if (!/^[ \t]*#/.test(text.slice(above, place))) break;
    // A comment on the file's first lines is its header: it stays first.
    if (above === 0) return insertAt(lineStart(text, first.startIndex), code + apart);
    place = above;
  }
  return insertAt(Math.max(place, bom), code + apart);
}

/** The line ending that the file has, or most of its lines. */
export function eolOf({ text }: PythonSource): string {
  return majorityEol(text) ?? '\n';
}

function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const rest = text.slice(offset).search(/\r?\n/);
  return rest === -1 ? text.length : offset + rest;
}

function restOfLine(text: string, offset: number): string {
  return text.slice(offset, lineEnd(text, offset));
}
