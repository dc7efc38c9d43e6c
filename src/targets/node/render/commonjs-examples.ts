import type { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';

/** The edits that put the examples in line comments (`//   import { a } from './x'`) into CommonJS, too. */
export function exampleEdits(file: ts.SourceFile): TextEdit[] {
  const imports = [...file.text.matchAll(/^([ \t]*\/\/[ \t]+)import (\{[^}]*\}) from ('[^']+')/gm)];
  const exports = [...file.text.matchAll(/^([ \t]*\/\/[ \t]+)export (?=(const|function|class) )/gm)];
  return [
    ...imports.map((match) => {
      const [whole, comment = '', names = '', literal = ''] = match;
      const text = `${comment}const ${names.replaceAll(' as ', ': ')} = require(${literal})`;
      return { offset: match.index, length: whole.length, text };
    }),
    ...exports.map((match) => {
      const [whole, comment = ''] = match;
      return { offset: match.index + comment.length, length: whole.length - comment.length, text: '' };
    }),
  ];
}
