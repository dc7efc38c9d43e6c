import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from '../command.js';
import { type Manifest, parseManifest } from './manifest.js';

export type PackageManagerName = 'npm' | 'yarn' | 'pnpm' | 'bun';

export interface PackageManager {
  readonly name: PackageManagerName;
  /** Yarn 1 and Yarn 2+ are two programs under one name. */
  readonly classic: boolean;
  /** Absolute path of the lockfile it keeps, when there is one (in the target or in a folder above it). */
  readonly lockfile: string | undefined;
}

const lockfiles: readonly (readonly [file: string, name: PackageManagerName])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

/**
 * Which package manager a package uses: the `packageManager` field, `devEngines`, then the nearest lockfile, each looked
 * for from the package up to the root of its repository, so that a package of a workspace gets its workspace's manager.
 *
 * @param root absolute path of the target
 * @param top absolute path of the last folder to look in (the git root, or the target itself)
 */
export function detectPackageManager(root: string, top: string): PackageManager {
  const folders = upwards(root, top);
  const manifests = folders.map(readManifest);
  const lock = folders.flatMap(lockfilesIn)[0];
  const declared = manifests.map(declaredManager).find((found) => found !== undefined);
  const name = declared?.name ?? lock?.name ?? 'npm';
  const lockfile = folders.flatMap(lockfilesIn).find((found) => found.name === name)?.path;
  return { name, classic: name === 'yarn' && isClassic(declared?.version, lockfile), lockfile };
}

/** Every folder from `from` up to and including `top`. */
export function upwards(from: string, top: string): string[] {
  const folders = [from];
  for (let folder = from; folder !== top && dirname(folder) !== folder; ) {
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders;
}

/**
 * Absolute paths of the lockfiles that an install may change, or make where there is none yet.
 *
 * @param root absolute path of the target
 */
export function lockfilesAtRisk({ name, lockfile }: PackageManager, root: string): string[] {
  const ownNames: Readonly<Record<PackageManagerName, readonly string[]>> = {
    npm: ['package-lock.json'],
    yarn: ['yarn.lock', '.pnp.cjs', '.pnp.loader.mjs'],
    pnpm: ['pnpm-lock.yaml'],
    bun: ['bun.lock'],
  };
  const own = ownNames[name].map((file) => join(root, file));
  return lockfile === undefined || own.includes(lockfile) ? own : [lockfile, ...own];
}

/** The command that installs what package.json says, in the target directory. */
export function installCommand(manager: PackageManager): Command {
  return [manager.name, 'install'];
}

/**
 * The command that brings the lockfile up to date without installing or running scripts; undefined for Yarn 1, which
 * has none.
 */
export function lockfileCommand(manager: PackageManager): Command | undefined {
  switch (manager.name) {
    case 'npm':
      return ['npm', 'install', '--package-lock-only', '--ignore-scripts'];
    case 'pnpm':
      return ['pnpm', 'install', '--lockfile-only', '--ignore-scripts'];
    case 'bun':
      return ['bun', 'install', '--lockfile-only', '--ignore-scripts'];
    case 'yarn':
      return manager.classic ? undefined : ['yarn', 'install', '--mode=update-lockfile'];
  }
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return parseManifest(readFileSync(join(folder, 'package.json'), 'utf8'), 'package.json');
  } catch {
    return undefined; // no manifest here, or a broken one further up that is not ours to judge
  }
}

function lockfilesIn(folder: string): { name: PackageManagerName; path: string }[] {
  return lockfiles.map(([file, name]) => ({ name, path: join(folder, file) })).filter(({ path }) => existsSync(path));
}

function declaredManager(manifest: Manifest | undefined): { name: PackageManagerName; version: string } | undefined {
  const match = /^(npm|yarn|pnpm|bun)(?:@(.*))?$/.exec(manifest?.packageManager ?? manifest?.devEnginesManager ?? '');
  return match ? { name: match[1] as PackageManagerName, version: match[2] ?? '' } : undefined;
}

function isClassic(version: string | undefined, lockfile: string | undefined): boolean {
  if (version) return /^1(?:\.|$)/.test(version);
  return lockfile === undefined || readFileSync(lockfile, 'utf8').includes('# yarn lockfile v1');
}
