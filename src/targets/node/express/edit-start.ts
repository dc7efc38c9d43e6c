import type { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';
import { insertFirstImport, printImport } from '../../../languages/typescript/insert-import.js';
import { checkEdits, parseForEdit } from './edit-check.js';
import { fitImport } from './edit-import.js';
import type { EditOptions } from './edit-options.js';

/**
 * The edit for a file in which the process starts, but not the application (`bin/www`, `server.ts`): the generated module
 * is imported, for its effect alone, before anything that could load Express.
 *
 * @throws RefusedError when the file has syntax errors, or would have after the edit; with the line to add by hand.
 */
export function editStart(path: string, text: string, options: EditOptions): TextEdit[] {
  const snippet = (file: ts.SourceFile): string => {
    const { line, form, style } = fitImport(file, text, options);
    return `${printImport(line, form, { ...style, eol: '\n' })}\n`;
  };
  const file = parseForEdit(path, text, snippet);
  const { line, form, style } = fitImport(file, text, options);
  const edits = [insertFirstImport(file, line, form, style)];
  checkEdits(path, text, edits, () => snippet(file));
  return edits;
}
