import { createHash } from 'node:crypto';

/** SHA-256 of a text's UTF-8 bytes, or of bytes as they are: 64 lower-case hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
