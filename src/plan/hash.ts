import { createHash } from 'node:crypto';

/** SHA-256 of a text's UTF-8 bytes, or of bytes as they are: 64 lower-case hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A text with `\n` as every line ending. */
export function withLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/**
 * Whether a text is the one with this hash, be it with the line endings that git gave it on checkout (`core.autocrlf`,
 * `eol` in .gitattributes): those are nobody's edit.
 */
export function isAsWritten(text: string, hash: string): boolean {
  const lf = withLf(text);
  return [text, lf, lf.replaceAll('\n', '\r\n')].some((form) => sha256(form) === hash);
}
