import { leadingCommentGroups } from '../../../languages/typescript/comments.js';
import { parseSource } from '../../../languages/typescript/parse.js';

/** Puts the directive below the file's header (comments that a blank line separates from the first statement), or on top. */
export function withUseStrict(text: string): string {
  const offset = endOfHeader(text);
  const above = offset === 0 ? '' : `${text.slice(0, offset)}\n\n`;
  return `${above}'use strict';\n\n${text.slice(offset).trimStart()}`;
}

function endOfHeader(text: string): number {
  const file = parseSource('template.js', text);
  const [first] = file.statements;
  if (first === undefined) return text.trimEnd().length;
  const groups = leadingCommentGroups(file, first);
  const isSeparate = /^\s*\n\s*\n/.test(text.slice(groups.at(-1)?.end ?? 0));
  return (isSeparate ? groups.at(-1) : groups.at(-2))?.end ?? 0;
}
