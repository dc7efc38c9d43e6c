import type { ts } from 'ts-morph';
import { insertAt, type TextEdit } from '../../../languages/splice.js';
import { insertFirstImport, printImport } from '../../../languages/typescript/insert-import.js';
import { freeName } from '../../../languages/typescript/names.js';
import { checkEdits, parseForEdit } from './edit-check.js';
import { type FittedImport, fitImport } from './edit-import.js';
import type { EditOptions } from './edit-options.js';
import type { ExpressApp } from './find-app.js';

/**
 * The edits that instrument an application: the import of `instrument`, first in the file, and the call of it around the
 * call that creates the application.
 *
 * @throws RefusedError when the file has syntax errors, or would have after the edit; with the lines to add by hand.
 */
export function editApp(path: string, text: string, app: ExpressApp, options: EditOptions): TextEdit[] {
  const snippet = (file: ts.SourceFile): string => appSnippet(file, text, options, app);
  const file = parseForEdit(path, text, snippet);
  const { fitted, callee } = fitInstrument(file, text, options);
  const edits = [
    insertFirstImport(file, fitted.line, fitted.form, fitted.style),
    insertAt(app.start, `${callee}(`),
    insertAt(app.end, ')'),
  ];
  checkEdits(path, text, edits, () => snippet(file));
  return edits;
}

function appSnippet(file: ts.SourceFile, text: string, options: EditOptions, app?: ExpressApp): string {
  const { fitted, callee } = fitInstrument(file, text, options);
  const { line, form, style } = fitted;
  const call = app === undefined ? 'express()' : text.slice(app.start, app.end);
  const name = app?.name ?? 'app';
  const target = /^[\w$]+$/.test(name) ? `const ${name}` : name;
  const wrapped = `${target} = ${callee}(${call})${style.semicolons ? ';' : ''}`;
  return `${printImport(line, form, { ...style, eol: '\n' })}\n${wrapped}\n`;
}

/** The import under a name that is free in the file, and what is called: `instrument`, or `metrics.instrument`. */
function fitInstrument(
  file: ts.SourceFile,
  text: string,
  options: EditOptions,
): { fitted: FittedImport; callee: string } {
  const fitted = fitImport(file, text, options);
  const isWhole = fitted.form === 'import-equals';
  const local = freeName(file, isWhole ? ['metrics', 'promMetrics'] : ['instrument', 'instrumentMetrics']);
  const line = { ...fitted.line, name: { imported: 'instrument', local } };
  return { fitted: { ...fitted, line }, callee: isWhole ? `${local}.instrument` : local };
}
