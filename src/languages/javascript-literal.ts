/**
 * A value as a JavaScript expression: the encoder through which everything that a user typed reaches generated code.
 * Strings come out with everything escaped that could end them, or a script around them.
 *
 * @param value a string, a finite number, a boolean, or an array of those
 * @param quote the quotes around strings
 * @throws TypeError for anything else
 */
export function javascriptLiteral(value: unknown, quote: "'" | '"' = "'"): string {
  if (typeof value === 'string') return stringLiteral(value, quote);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => javascriptLiteral(item, quote)).join(', ')}]`;
  throw new TypeError(`no literal for a ${typeof value}`);
}

function stringLiteral(text: string, quote: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('<', '\\x3c')
    .replace(
      /[\u007f-\u009f\u2028\u2029\ue000-\uf8ff\ufeff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return quote + escaped + quote;
}
