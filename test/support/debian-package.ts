import { existsSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

// Servers are put into folders that a user's PATH may lack.
const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/bin', '/usr/bin'];
const INSTALL_MS = 300_000;

/**
 * The path of a program that a Debian package brings. A package that is missing is installed where that is possible (as
 * root, with apt-get) and starts no service. Where it is not possible: undefined, after a loud line, and the caller
 * skips its tests by name; in CI it throws instead, because nothing may be skipped there.
 */
export async function requireDebianPackage(name: string, binary: string): Promise<string | undefined> {
  const there = find(binary);
  if (there !== undefined) return there;
  const failure = await install(name);
  const installed = find(binary);
  if (installed !== undefined) return installed;
  const message = `${binary} is missing (Debian's package ${name}): ${failure ?? 'the package does not have it'}`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  console.error(`\n!!! SKIPPED: ${message}\n`);
  return undefined;
}

function find(binary: string): string | undefined {
  return FOLDERS.map((folder) => path.join(folder, binary)).find((file) => existsSync(file));
}

/** Undefined when it worked, else why it did not. */
async function install(name: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root can install it';
  // Another test may be installing: wait for it. In run level 1, maintainer scripts start no service.
  const lock = ['-o', 'DPkg::Lock::Timeout=240'];
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = { env, timeout: INSTALL_MS, reject: false, all: true, stdin: 'ignore' } as const;
  await execa('apt-get', [...lock, 'update', '--quiet'], options);
  const result = await execa('apt-get', [...lock, 'install', '--yes', '--no-install-recommends', name], options);
  return result.failed ? (result.all ?? result.shortMessage).slice(-2000) : undefined;
}
