import type { ts } from 'ts-morph';
import type { TextStyle } from '../../../languages/style.js';
import type { ImportLine } from '../../../languages/typescript/insert-import.js';
import { type ImportForm, importForm } from '../../../languages/typescript/module-form.js';
import { specifierFor } from '../../../languages/typescript/specifier.js';
import { detectStyle } from '../../../languages/typescript/style.js';
import type { EditOptions } from './edit-options.js';

/** An import of the generated module, fitted to one file. */
export interface FittedImport {
  readonly line: ImportLine;
  readonly form: ImportForm;
  readonly style: TextStyle;
}

/** Fits an import of the generated module to a file: its module system, style, and manner of writing specifiers. */
export function fitImport(file: ts.SourceFile, text: string, options: EditOptions): FittedImport {
  const { comment, eslintDisable = [], eslintOffInFile = [], biomeIgnore = [] } = options;
  const above = [
    ...biomeIgnore.map((rule) => `biome-ignore ${rule}: it has to stay first`),
    ...(comment?.place === 'above' ? [comment.text] : []),
    ...(eslintDisable.length === 0 ? [] : [`eslint-disable-next-line ${eslintDisable.join(', ')}`]),
  ];
  const inFile =
    eslintOffInFile.length === 0
      ? {}
      : { blockAbove: `eslint ${eslintOffInFile.map((rule) => `${rule}: "off"`).join(', ')}` };
  return {
    line: {
      specifier: specifierFor(file, options.module),
      ...(comment?.place === 'trailing' ? { trailingComment: comment.text } : {}),
      commentsAbove: above,
      ...inFile,
    },
    form: importForm(file, options.moduleSystem),
    style: detectStyle(file.fileName, text, options.style),
  };
}
