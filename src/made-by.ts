import { createHash } from 'node:crypto';
import { toolVersion } from './package-files.js';

/** The first words of a sealed file: who made it, and a hash by which a reader sees that nobody changed what is below. */
export function madeBy(body: string): string {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return `Made by add-prom-metrics ${toolVersion()}, sha256 ${hash}`;
}
