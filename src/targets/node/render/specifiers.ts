import type { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';
import { walk } from '../../../languages/typescript/walk.js';
import { marks } from './marks.js';
import { isStringLiteralOfModule } from './module-literals.js';

/**
 * The edits that put a mark in the place of the extension of every relative specifier (`./x.js` in a template); in imports,
 * exports, `import()`, import types, and in the imports that line comments show as an example.
 */
export function markSpecifiers(file: ts.SourceFile): TextEdit[] {
  const edits: TextEdit[] = [];
  walk(file, (node) => {
    if (isStringLiteralOfModule(node)) edits.push(...rewrite(node.getStart(file) + 1, node.text));
  });
  for (const example of file.text.matchAll(/^[ \t]*\/\/.*\bfrom '(\.{1,2}\/[^']+)'/gm)) {
    const [line, specifier = ''] = example;
    edits.push(...rewrite(example.index + line.length - 1 - specifier.length, specifier));
  }
  return edits;
}

function rewrite(offset: number, specifier: string): TextEdit[] {
  if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return [];
  return [{ offset: offset + specifier.length - '.js'.length, length: '.js'.length, text: marks.extension }];
}
