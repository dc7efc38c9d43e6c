import { ts } from 'ts-morph';

/** Comments that follow each other without a blank line between them. */
export interface CommentGroup {
  readonly comments: readonly ts.CommentRange[];
  readonly start: number;
  readonly end: number;
}

/** The comments before a node, in groups; a comment at the end of the line before belongs to that line, not to these. */
export function leadingCommentGroups(file: ts.SourceFile, node: ts.Node): CommentGroup[] {
  const { text } = file;
  const groups: CommentGroup[] = [];
  for (const comment of ts.getLeadingCommentRanges(text, node.pos) ?? []) {
    const last = groups.at(-1);
    if (last !== undefined && !hasBlankLine(text.slice(last.end, comment.pos))) {
      groups[groups.length - 1] = { ...last, comments: [...last.comments, comment], end: comment.end };
    } else {
      groups.push({ comments: [comment], start: comment.pos, end: comment.end });
    }
  }
  return groups;
}

/** True when the white space between two things leaves a line empty. */
export function hasBlankLine(between: string): boolean {
  return between.split('\n').length > 2;
}

/** Where the last comment on the line on which a node ends has its end; the node's end without one. */
export function endWithTrailingComments(text: string, end: number): number {
  return ts.getTrailingCommentRanges(text, end)?.at(-1)?.end ?? end;
}

/** Says what the whole file is, or how a tool is to treat it: these must stay on top. */
const fileLevel =
  /@ts-(no)?check|@flow|@noflow|@jsx|@format|@prettier|@preserve|@file|@overview|@module|@jest-|eslint-(env|disable(?!-(next-)?line)|enable)|\bglobals? \w|js[hl]int\b|tslint:disable(?!-)|biome-ignore-all|(istanbul|c8|v8) ignore (file|start)|copyright|licen[cs]e|SPDX|\bvim?:|-\*-|^\/\*!|^\/\/\/ *<|^\/\/!|^#!|^\/\/[#@] ?source/i;

/** Speaks to a tool about the next statement: it must stay directly above that. */
const nextStatement =
  /eslint-disable-next-line|tslint:disable-next-line|@ts-(ignore|expect-error)|prettier-ignore|biome-ignore(?!-all)|(istanbul|c8|v8) ignore (next|if|else)/;

/** True when a comment speaks of the whole file. */
export function isFileLevel(text: string, comment: ts.CommentRange): boolean {
  const words = text.slice(comment.pos, comment.end);
  return fileLevel.test(words) && !nextStatement.test(words);
}

/** True when a comment tells a tool how to treat the statement below it. */
export function isAboutNextStatement(text: string, comment: ts.CommentRange): boolean {
  return nextStatement.test(text.slice(comment.pos, comment.end));
}
