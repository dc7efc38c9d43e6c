/** A name in braces, under another one where they differ. */
export interface ListedName {
  readonly from: string;
  readonly to: string;
}

/** The line length of the canonical style. */
const lineWidth = 120;

/** `{ a, b: c }`; one name a line when it is too long for one line with `rest` more characters. */
export function namesList(names: readonly ListedName[], rest = 0): string {
  const listed = names.map(({ from, to }) => (from === to ? from : `${from}: ${to}`));
  const line = `{ ${listed.join(', ')} }`;
  const around = 'module.exports = ;'.length + rest;
  return line.length + around <= lineWidth ? line : `{\n${listed.map((name) => `  ${name},\n`).join('')}}`;
}
