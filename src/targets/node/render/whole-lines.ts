import type { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';
import { endWithTrailingComments, hasBlankLine, leadingCommentGroups } from '../../../languages/typescript/comments.js';

/**
 * Takes out statements or members with the lines that they stand on, the comment directly above each, and the blank lines
 * that would be left as a hole.
 *
 * @param nodes in the order of the text.
 */
export function removeLines(file: ts.SourceFile, nodes: readonly ts.Node[]): TextEdit[] {
  const { text } = file;
  const removals: { start: number; end: number }[] = [];
  for (const node of nodes) {
    const start = lineStart(text, startWithOwnComment(file, node));
    const end = nextLine(text, endWithTrailingComments(text, node.end));
    const last = removals.at(-1);
    // Neighbours go as one, with what is blank between them.
    if (last !== undefined && text.slice(last.end, start).trim() === '') last.end = end;
    else removals.push({ start, end });
  }
  return removals.map(({ start, end }) => {
    const length = (isBlankAbove(text, start) ? skipBlankLines(text, end) : end) - start;
    return { offset: start, length, text: '' };
  });
}

function startWithOwnComment(file: ts.SourceFile, node: ts.Node): number {
  const start = node.getStart(file);
  const group = leadingCommentGroups(file, node).at(-1);
  return group === undefined || hasBlankLine(file.text.slice(group.end, start)) ? start : group.start;
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function nextLine(text: string, offset: number): number {
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}

/** True at the start of the file or of a block, too: what follows there needs no blank line above it. */
function isBlankAbove(text: string, start: number): boolean {
  return /(^|\n[ \t]*\n|\{[ \t]*\n)$/.test(text.slice(0, start));
}

function skipBlankLines(text: string, offset: number): number {
  return offset + (/^([ \t]*\n)*/.exec(text.slice(offset))?.[0].length ?? 0);
}
