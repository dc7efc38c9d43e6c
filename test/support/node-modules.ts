import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { FIXTURES } from './fixture.js';

// Outside this repository: a package that a set lacks must not be found in our own node_modules further up.
const CACHE = path.join(os.tmpdir(), `add-prom-metrics-sets-${os.userInfo().username}`);
const INSTALL_MS = 300_000;
/** The pnpm that installs a set with a pnpm-workspace.yaml. */
const PNPM = 'pnpm@10.34.8';

const prepared = new Map<string, Promise<string>>();

/**
 * Puts the node_modules folders of a set into a target as hard links, each at its own place: the shared copy is
 * installed from the npm registry once and kept in the temporary folder, under the hash of the set's files.
 */
export async function addNodeModules(set: string, target: string): Promise<void> {
  const source = await prepareSet(set);
  for (const folder of await findNodeModules(source)) {
    const destination = path.join(target, folder);
    await mkdir(path.dirname(destination), { recursive: true });
    await execa('cp', ['-al', path.join(source, folder), destination]);
  }
}

/** Installs a set unless that was done before; gives the folder it lies in. */
export function prepareSet(set: string): Promise<string> {
  let promise = prepared.get(set);
  if (promise === undefined) {
    promise = install(set);
    prepared.set(set, promise);
  }
  return promise;
}

async function install(set: string): Promise<string> {
  const source = path.join(FIXTURES, 'sets', set);
  const folder = path.join(CACHE, `${set}-${await hashOf(source)}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true, mode: 0o700 });
  // Test files run in processes of their own: each installs for itself, the first one to be done wins.
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  await cp(source, draft, { recursive: true });
  try {
    await execa('npm', installArguments(draft), { cwd: draft, timeout: INSTALL_MS, env: { CI: '1' } });
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

function installArguments(folder: string): string[] {
  if (existsSync(path.join(folder, 'pnpm-workspace.yaml'))) {
    return ['exec', '--yes', '--', PNPM, 'install', '--ignore-scripts', '--no-frozen-lockfile'];
  }
  return ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${PNPM}`);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(`\0${path.relative(folder, file)}\0`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** Relative paths of the outermost node_modules folders. */
async function findNodeModules(root: string, folder = ''): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name))
    .map((child) => (path.basename(child) === 'node_modules' ? [child] : findNodeModules(root, child)));
  return (await Promise.all(found)).flat();
}
