/**
 * A value as a Python expression: the encoder through which everything that a user typed reaches generated Python code.
 * Strings come out in ASCII, with everything escaped that could end them.
 *
 * @param value a string, a finite number, a boolean, undefined (None), or an array of those (a tuple)
 * @throws TypeError for anything else
 */
export function pythonLiteral(value: unknown): string {
  if (value === undefined) return 'None';
  if (typeof value === 'string') return stringLiteral(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return tupleLiteral(value.map(pythonLiteral));
  throw new TypeError(`no literal for a ${typeof value}`);
}

/** In Python a tuple of one item needs a comma. */
function tupleLiteral(items: readonly string[]): string {
  return items.length === 1 ? `(${items.join('')},)` : `(${items.join(', ')})`;
}

/** https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences */
function stringLiteral(text: string): string {
  const escaped = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') return `\\${character}`;
    if (code >= 0x20 && code < 0x7f) return character;
    if (code <= 0xff) return `\\x${hex(code, 2)}`;
    return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
  return `"${escaped.join('')}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
