/** How a source file is written; what is inserted into it, or generated beside it, follows it. */
export interface TextStyle {
  readonly eol: '\n' | '\r\n';
  /** One level of indentation: a tab, or some spaces. */
  readonly indent: string;
  readonly quote: "'" | '"';
  readonly semicolons: boolean;
}

/** The style of the templates, and the default where a file has nothing to tell. */
export const defaultStyle: TextStyle = { eol: '\n', indent: '  ', quote: "'", semicolons: true };

/** The line ending that most lines of the text have; undefined when it has a single line. */
export function majorityEol(text: string): TextStyle['eol'] | undefined {
  const all = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  if (all === 0) return undefined;
  return windows > all - windows ? '\r\n' : '\n';
}
