import { existsSync } from 'node:fs';
import path from 'node:path';
import { requireDebianPackage } from '../../../support/debian-package.js';

/** A folder with `prometheus` and `promtool` of another version, to run these tests with. */
const folder = process.env['PROMETHEUS_FOLDER'];

export const isDebians = folder === undefined;

/** The path of `prometheus` or `promtool`: Debian's, or the one to test with instead. */
export async function prometheusBinary(name: 'prometheus' | 'promtool'): Promise<string | undefined> {
  if (folder === undefined) return requireDebianPackage('prometheus', name);
  const file = path.join(folder, name);
  if (!existsSync(file)) throw new Error(`PROMETHEUS_FOLDER has no ${name}`);
  return file;
}
