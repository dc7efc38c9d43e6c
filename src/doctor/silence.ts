import { ts } from 'ts-morph';
import { lineAt } from '../languages/typescript/parse.js';

/** A comment that silences findings: `add-prom-metrics-ignore <rule>: <reason>`. */
export interface Silence {
  readonly rules: readonly string[];
  /** Empty when none is given: then nothing is silenced. */
  readonly reason: string;
  readonly start: number;
  /** Counted from 1: the comment's own last line, and the line below it. */
  readonly line: number;
}

const form = /add-prom-metrics-ignore[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)?[ \t]*(?::[ \t]*([^\n]*))?/;

/** The silencing comments of a file; text in strings that looks like one is none. */
export function silencesIn(file: ts.SourceFile): Silence[] {
  if (!file.text.includes('add-prom-metrics-ignore')) return [];
  const found: Silence[] = [];
  for (const { pos, end } of commentsOf(file)) {
    const text = file.text.slice(pos, end);
    if (!/^[/*\s{]*add-prom-metrics-ignore\b/.test(text)) continue;
    const [, rules = '', reason = ''] = form.exec(text) ?? [];
    const names = rules.split(',').map((rule) => rule.trim());
    found.push({
      rules: names.filter((name) => name !== ''),
      reason: reason.replace(/\*\/\s*$/, '').trim(),
      start: pos,
      line: lineAt(file, end),
    });
  }
  return found;
}

function commentsOf(file: ts.SourceFile): ts.TextRange[] {
  const comments = new Map<number, ts.TextRange>();
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(file.text, node.end) ?? []),
    ];
    for (const range of ranges) comments.set(range.pos, range);
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return [...comments.values()];
}
