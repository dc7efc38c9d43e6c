import type { ts } from 'ts-morph';
import { insertAt, type TextEdit } from '../splice.js';
import type { TextStyle } from '../style.js';
import type { ImportForm } from './module-form.js';
import { firstImportPosition } from './prologue.js';

/** An import of one name (`{ imported as local }`), or, without a name, of the module for its effect. */
export interface ImportLine {
  readonly specifier: string;
  /** In the form `import-equals`, `local` is the module, and `imported` a property of it. */
  readonly name?: { readonly imported: string; readonly local: string };
  /** Comment at the end of the line. */
  readonly trailingComment?: string;
  /** Lines of comment above it, without the slashes. */
  readonly commentsAbove?: readonly string[];
  /** A comment above those, without its slashes and stars: ESLint takes configuration only from a block. */
  readonly blockAbove?: string;
}

/** The text of an import in a file's form and style, without line breaks around it. */
export function printImport(
  line: ImportLine,
  form: ImportForm,
  style: TextStyle,
  semicolon = style.semicolons,
): string {
  const code = importCode(line, form, style.quote + line.specifier + style.quote) + (semicolon ? ';' : '');
  const trailing = line.trailingComment === undefined ? '' : ` // ${line.trailingComment}`;
  const block = line.blockAbove === undefined ? [] : [`/* ${line.blockAbove} */`];
  return [...block, ...(line.commentsAbove ?? []).map((comment) => `// ${comment}`), code + trailing].join(style.eol);
}

function importCode({ name }: ImportLine, form: ImportForm, literal: string): string {
  if (name === undefined) return form === 'cjs' ? `require(${literal})` : `import ${literal}`;
  const { imported, local } = name;
  if (form === 'import-equals') return `import ${local} = require(${literal})`;
  const renamed = form === 'cjs' ? `${imported}: ${local}` : `${imported} as ${local}`;
  const names = `{ ${imported === local ? local : renamed} }`;
  return form === 'cjs' ? `const ${names} = require(${literal})` : `import ${names} from ${literal}`;
}

/** The insertion that makes an import the first one of a file. */
export function insertFirstImport(file: ts.SourceFile, line: ImportLine, form: ImportForm, style: TextStyle): TextEdit {
  const { offset, breakBefore, breakAfter } = firstImportPosition(file);
  const next = file.text.slice(offset).trimStart();
  // Without a semicolon, a following `(` or `[` would continue our line.
  const semicolon = style.semicolons || /^[([`+\-/*]/.test(skipComments(next));
  const code = printImport(line, form, style, semicolon);
  return insertAt(offset, (breakBefore ? style.eol : '') + code + (breakAfter ? style.eol : ''));
}

function skipComments(text: string): string {
  return text.replace(/^(\s*(\/\/[^\n]*\n|\/\*[\s\S]*?\*\/))+\s*/, '');
}
