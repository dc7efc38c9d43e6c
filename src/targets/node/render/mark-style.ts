import { ts } from 'ts-morph';
import { splice, type TextEdit } from '../../../languages/splice.js';
import { defaultStyle } from '../../../languages/style.js';
import { parseSource } from '../../../languages/typescript/parse.js';
import { mayEndWithSemicolon } from '../../../languages/typescript/style.js';
import { walk } from '../../../languages/typescript/walk.js';
import { marks } from './marks.js';

/** Puts marks where a file in the canonical style would be written differently in another one; see marks.ts. */
export function markStyle(path: string, text: string): string {
  const file = parseSource(path, text);
  return markExamples(splice(text, [...quoteEdits(file), ...semicolonEdits(file), ...indentEdits(file)]));
}

/** Code in line comments, which stands three spaces or more from the slashes. */
function markExamples(text: string): string {
  return text.replaceAll(/^[ \t\uE003]*\/\/ {3,}.*$/gm, (line) => {
    const quoted = line.includes('"') ? line : line.replaceAll("'", marks.quote);
    return quoted.replace(/;$/, marks.semicolon);
  });
}

/** Literals that would need an escape keep their quotes, as Prettier and Biome do it. */
function quoteEdits(file: ts.SourceFile): TextEdit[] {
  const edits: TextEdit[] = [];
  walk(file, (node) => {
    if (!ts.isStringLiteral(node)) return;
    const literal = node.getText(file);
    const hasQuote = /"|\\['"]/.test(literal.slice(1, -1));
    if (!literal.startsWith("'") || hasQuote) return;
    for (const offset of [node.getStart(file), node.end - 1]) edits.push({ offset, length: 1, text: marks.quote });
  });
  return edits;
}

/** A semicolon stays where the next line would otherwise go on with the statement, and inside a line. */
function semicolonEdits(file: ts.SourceFile): TextEdit[] {
  const { text } = file;
  const edits: TextEdit[] = [];
  walk(file, (node) => {
    if (!isTerminated(node) || text[node.end - 1] !== ';') return;
    const rest = /^[ \t]*(\/\/[^\n]*)?(\n|$|(?=\}))/.exec(text.slice(node.end));
    if (rest === null || continues(node, text.slice(node.end + rest[0].length))) return;
    edits.push({ offset: node.end - 1, length: 1, text: marks.semicolon });
  });
  return edits;
}

function isTerminated(node: ts.Node): boolean {
  return (
    mayEndWithSemicolon(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isTypeElement(node) ||
    ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.body === undefined)
  );
}

/** True when the text after a line break would be read as part of what ends before it. */
function continues(node: ts.Node, after: string): boolean {
  const next = after.replace(/^(\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');
  if (/^([([`+*/,.<-]|in\b|instanceof\b)/.test(next)) return true;
  const isModifierLike =
    ts.isPropertyDeclaration(node) && /^(get|set|static|async|accessor)$/.test(node.name.getText());
  return isModifierLike && node.initializer === undefined;
}

/** Indentation is in steps of two spaces; what is left over (the space before ` * `) stays. */
function indentEdits(file: ts.SourceFile): TextEdit[] {
  const literal = rangesInTemplates(file);
  const edits: TextEdit[] = [];
  for (const match of file.text.matchAll(/^(?: {2})+/gm)) {
    if (literal.some(([start, end]) => match.index > start && match.index < end)) continue;
    const { length } = match[0];
    edits.push({ offset: match.index, length, text: marks.indent.repeat(length / defaultStyle.indent.length) });
  }
  return edits;
}

/** The parts of template literals that are text: white space in them is content. */
function rangesInTemplates(file: ts.SourceFile): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  walk(file, (node) => {
    if (
      ts.isNoSubstitutionTemplateLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      ranges.push([node.getStart(file), node.end]);
    }
  });
  return ranges;
}
