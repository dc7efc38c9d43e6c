import { basename } from 'node:path';
import { ts } from 'ts-morph';
import {
  type CommentGroup,
  endWithTrailingComments,
  hasBlankLine,
  isAboutNextStatement,
  isFileLevel,
  leadingCommentGroups,
} from './comments.js';
import { lastLeadingStatement } from './leading-imports.js';
import { statementEnd } from './statement-end.js';

/** Where a line of code is to be inserted. */
export interface LinePosition {
  /** UTF-16 offset into the file's text. */
  readonly offset: number;
  /** The line needs a line break of its own before it: the file ends here without one. */
  readonly breakBefore: boolean;
  /** The line needs a line break after it. False only where the file ends without a line break, and goes on doing so. */
  readonly breakAfter: boolean;
}

/**
 * Where an import goes that must come before all others:
 *
 * - after byte order mark, shebang, directives (`'use strict'`) and the file's header;
 * - after the leading imports that must stay first themselves (see `lastLeadingStatement`);
 * - otherwise above the first statement, and above the comment that belongs to that statement.
 *
 * A comment separated from the statement by a blank line is a header. One directly above the statement belongs to the
 * statement, unless it speaks of the file (licence, `@ts-check`, `eslint-env`, `@file` …), or the file begins with it and
 * it names the file or is a block comment above an import, which documents the file rather than that import.
 */
export function firstImportPosition(file: ts.SourceFile): LinePosition {
  const directives = file.statements.filter((_, index) => isDirective(file, index));
  const body = file.statements.slice(directives.length);
  const leading = lastLeadingStatement(body);
  if (leading !== undefined) return positionAfter(file, leading);
  const [anchor] = body;
  return anchor === undefined ? endOfFile(file.text) : positionAbove(file, anchor);
}

/** The directives of a file stand before everything else. */
/** Whether the file begins with `'use strict'`. */
export function usesStrict(file: ts.SourceFile): boolean {
  return file.statements.some(
    (statement, index) => isDirective(file, index) && /^['"]use strict['"];?$/.test(statement.getText(file)),
  );
}

function isDirective(file: ts.SourceFile, index: number): boolean {
  return file.statements
    .slice(0, index + 1)
    .every((statement) => ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression));
}

function positionAfter(file: ts.SourceFile, statement: ts.Statement): LinePosition {
  const { text } = file;
  const end = endWithTrailingComments(text, statementEnd(file, statement));
  const lineBreak = /^[ \t]*(\r?\n|\r|$)/.exec(text.slice(end));
  if (lineBreak === null) return within(nextCode(text, end));
  const offset = end + lineBreak[0].length;
  return lineBreak[1] === '' ? endOfFile(text) : within(offset);
}

function positionAbove(file: ts.SourceFile, anchor: ts.Statement): LinePosition {
  const { text } = file;
  const start = startOfOwnComments(file, anchor);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  // A statement alone on its line keeps its indentation; a byte order mark stays in front.
  const isAlone = /^\uFEFF?[ \t]*$/.test(text.slice(lineStart, start));
  const bom = text.startsWith('\uFEFF') && lineStart === 0 ? 1 : 0;
  return within(isAlone ? lineStart + bom : start);
}

/** The start of the first comment that belongs to the statement; the statement's start when none does. */
function startOfOwnComments(file: ts.SourceFile, anchor: ts.Statement): number {
  const { text } = file;
  const start = anchor.getStart(file);
  const groups = leadingCommentGroups(file, anchor);
  const group = groups.at(-1);
  if (group === undefined || hasBlankLine(text.slice(group.end, start))) return start;
  if (!isHeader(file, group, anchor)) return group.start;
  const last = group.comments.findLastIndex((comment) => !isAboutNextStatement(text, comment));
  return group.comments[last + 1]?.pos ?? start;
}

function isHeader(file: ts.SourceFile, group: CommentGroup, anchor: ts.Statement): boolean {
  const { text } = file;
  if (group.comments.some((comment) => isFileLevel(text, comment))) return true;
  const isFirst =
    text
      .slice(0, group.start)
      .replace(/^\uFEFF?(#!.*)?/, '')
      .trim() === '';
  const [comment] = group.comments;
  if (!isFirst || comment === undefined) return false;
  const words = text.slice(comment.pos, comment.end);
  // A shebang after a byte order mark was parsed as a comment (see parseSource).
  const isShebang = text.startsWith('\uFEFF//') && comment.pos === 1;
  const isBlock = comment.kind === ts.SyntaxKind.MultiLineCommentTrivia && words.includes('\n');
  return isShebang || words.includes(basename(file.fileName)) || (isBlock && loadsModule(anchor));
}

function loadsModule(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) || /\brequire\s*\(/.test(statement.getText());
}

function nextCode(text: string, end: number): number {
  return end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0);
}

function within(offset: number): LinePosition {
  return { offset, breakBefore: false, breakAfter: true };
}

function endOfFile(text: string): LinePosition {
  const isEmpty = /^\uFEFF?$/.test(text);
  const endsLine = isEmpty || /[\r\n]$/.test(text);
  return { offset: text.length, breakBefore: !endsLine, breakAfter: endsLine };
}
