/**
 * A value as a JavaScript expression: the encoder through which everything that a user typed reaches generated code.
 * Strings come out in single quotes with everything escaped that could end them, or a script around them.
 *
 * @param value a string, a finite number, a boolean, or an array of those
 * @throws TypeError for anything else
 */
export function javascriptLiteral(value: unknown): string {
  if (typeof value === 'string') return stringLiteral(value);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return `[${value.map(javascriptLiteral).join(', ')}]`;
  throw new TypeError(`no literal for a ${typeof value}`);
}

function stringLiteral(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    .replaceAll('<', '\\x3c')
    .replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${escaped}'`;
}
