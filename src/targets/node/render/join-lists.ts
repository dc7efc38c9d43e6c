import { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';
import { walk } from '../../../languages/typescript/walk.js';

/** The line length of the canonical style. */
const lineWidth = 120;

/**
 * The edits that bring parameters and imported names, one a line because of their types, back into one line now that the
 * types are gone and they fit: as the formatter would write them.
 */
export function joinLists(file: ts.SourceFile): TextEdit[] {
  const edits: TextEdit[] = [];
  walk(file, (node) => {
    if (ts.isFunctionLike(node)) edits.push(...join(file, node.parameters, ''));
    if (ts.isNamedImports(node)) edits.push(...join(file, node.elements, ' '));
  });
  return edits;
}

function join(file: ts.SourceFile, list: ts.NodeArray<ts.Node>, padding: string): TextEdit[] {
  const { text } = file;
  const [first] = list;
  // The list's range begins after the opening bracket; what is between the last element and the closing one is not in it.
  const close = list.end + (/^\s*/.exec(text.slice(list.end))?.[0].length ?? 0);
  const inside = text.slice(list.pos, close);
  if (first === undefined || !/^\n/.test(inside) || /\/[/*]|`/.test(inside)) return [];
  const joined = padding + list.map((element) => element.getText(file)).join(', ') + padding;
  const line = text.slice(text.lastIndexOf('\n', list.pos - 1) + 1, list.pos) + joined + restOfLine(text, close);
  if (joined.includes('\n') || line.length > lineWidth) return [];
  return [{ offset: list.pos, length: inside.length, text: joined }];
}

function restOfLine(text: string, offset: number): string {
  return /^.*/.exec(text.slice(offset))?.[0] ?? '';
}
