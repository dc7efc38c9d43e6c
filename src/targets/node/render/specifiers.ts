import type { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';
import { walk } from '../../../languages/typescript/walk.js';
import { isStringLiteralOfModule } from './module-literals.js';

/** What the specifier of a relative module ends with. */
export type SpecifierExtension = '' | '.js' | '.mjs' | '.cjs' | '.ts' | '.mts' | '.cts';

/**
 * The edits that give every relative specifier (`./x.js` in a template) another extension; in imports, exports, `import()`,
 * import types, and in the imports that line comments show as an example.
 */
export function rewriteSpecifiers(file: ts.SourceFile, extension: SpecifierExtension): TextEdit[] {
  const edits: TextEdit[] = [];
  walk(file, (node) => {
    if (isStringLiteralOfModule(node)) edits.push(...rewrite(node.getStart(file) + 1, node.text, extension));
  });
  for (const example of file.text.matchAll(/^[ \t]*\/\/.*\bfrom '(\.{1,2}\/[^']+)'/gm)) {
    const [line, specifier = ''] = example;
    edits.push(...rewrite(example.index + line.length - 1 - specifier.length, specifier, extension));
  }
  return edits;
}

function rewrite(offset: number, specifier: string, extension: SpecifierExtension): TextEdit[] {
  if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return [];
  return [{ offset: offset + specifier.length - '.js'.length, length: '.js'.length, text: extension }];
}
