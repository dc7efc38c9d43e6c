import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url));

/**
 * The program of another major version of Node, from the npm package `node`; it is kept below node_modules/.cache.
 *
 * @returns its absolute path
 */
export async function nodeOfVersion(major: number): Promise<string> {
  const folder = join(cache, `node-${major}`);
  const program = join('node_modules', 'node', 'bin', 'node');
  if (!existsSync(join(folder, program))) {
    // Beside its place first: a run that was ended half-way must not look like an installed version.
    const draft = `${folder}-${process.pid}`;
    await mkdir(draft, { recursive: true });
    const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', draft, `node@${major}`];
    await execa('npm', args, { cwd: draft, timeout: 240_000 });
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  return join(folder, program);
}
