import { ts } from 'ts-morph';
import { defaultStyle, majorityEol, type TextStyle } from '../style.js';
import { parseSource } from './parse.js';
import { statementEnd } from './statement-end.js';
import { walk } from './walk.js';

/**
 * How a JavaScript or TypeScript file is written, by majority: line endings over all lines, quotes over the string
 * literals that need no escape, semicolons over the statements that may end with one, indentation over the steps between
 * a block and what is in it.
 *
 * @param fallback what holds where the file shows nothing, or as much of one as of the other.
 */
export function detectStyle(path: string, text: string, fallback: TextStyle = defaultStyle): TextStyle {
  const file = parseSource(path, text);
  const votes = countVotes(file);
  return {
    eol: majorityEol(text) ?? fallback.eol,
    indent: mostFrequent(votes.indents) ?? fallback.indent,
    quote: mostFrequent(votes.quotes) ?? fallback.quote,
    semicolons: mostFrequent(votes.semicolons) ?? fallback.semicolons,
  };
}

interface Votes {
  readonly indents: Map<string, number>;
  readonly quotes: Map<TextStyle['quote'], number>;
  readonly semicolons: Map<boolean, number>;
}

function countVotes(file: ts.SourceFile): Votes {
  const votes: Votes = { indents: new Map(), quotes: new Map(), semicolons: new Map() };
  walk(file, (node) => {
    if (ts.isStringLiteral(node)) countQuote(file, node, votes.quotes);
    if (mayEndWithSemicolon(node)) vote(votes.semicolons, file.text[statementEnd(file, node) - 1] === ';');
    const step = indentStep(file, node);
    if (step !== undefined) vote(votes.indents, step);
  });
  return votes;
}

function countQuote(file: ts.SourceFile, node: ts.StringLiteral, quotes: Votes['quotes']): void {
  // In JSX, attributes have a convention of their own.
  if (ts.isJsxAttribute(node.parent) || /['"]/.test(node.text)) return;
  vote(quotes, file.text[node.getStart()] === '"' ? '"' : "'");
}

/** True for a statement that ends with a semicolon wherever semicolons are written. */
export function mayEndWithSemicolon(node: ts.Node): boolean {
  return (
    ts.isVariableStatement(node) ||
    ts.isExpressionStatement(node) ||
    ts.isReturnStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isBreakOrContinueStatement(node) ||
    ts.isDoStatement(node) ||
    ts.isDebuggerStatement(node) ||
    ts.isImportDeclaration(node) ||
    ts.isImportEqualsDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    (ts.isExportAssignment(node) && !isDeclarationLike(node.expression))
  );
}

function isDeclarationLike(node: ts.Expression): boolean {
  return ts.isFunctionExpression(node) || ts.isClassExpression(node);
}

/** What is added to the indentation from the line of a block's owner to the line of the first thing in the block. */
function indentStep(file: ts.SourceFile, node: ts.Node): string | undefined {
  const child = firstChild(node);
  if (child === undefined) return undefined;
  const outer = indentationOfLine(file.text, node.getStart());
  const inner = indentationOfLine(file.text, child.getStart());
  const step = inner.slice(outer.length);
  const isStep = inner.startsWith(outer) && /^(\t| {2,8})$/.test(step);
  return isStep ? step : undefined;
}

function firstChild(node: ts.Node): ts.Node | undefined {
  if (ts.isBlock(node)) return node.statements[0];
  if (ts.isClassLike(node) || ts.isInterfaceDeclaration(node)) return node.members[0];
  if (ts.isObjectLiteralExpression(node)) return node.properties[0];
  return undefined;
}

function indentationOfLine(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

function vote<K>(votes: Map<K, number>, key: K): void {
  votes.set(key, (votes.get(key) ?? 0) + 1);
}

/** The key with the most votes; undefined without votes or with a tie. */
function mostFrequent<K>(votes: ReadonlyMap<K, number>): K | undefined {
  const [winner, second] = [...votes].sort(([, a], [, b]) => b - a);
  return winner === undefined || winner[1] === second?.[1] ? undefined : winner[0];
}
