import type { Command } from '../command.js';
import type { ManualStep } from '../errors.js';
import {
  installCommand,
  lockfileCommand,
  lockfilesAtRisk,
  type PackageManager,
  type PackageManagerName,
} from './package-manager.js';
import type { Files } from './source-files.js';

/** How the packages of a target are listed and installed, whatever its language. */
export interface Packages {
  /** The program that does it. */
  readonly name: PackageManagerName | 'pip' | 'uv' | 'poetry' | 'pipenv' | 'pdm';
  /** The files that list packages, relative to the target: a change of one makes an install necessary. */
  readonly manifests: readonly string[];
  /** Absolute path of the lockfile, where there is one. */
  readonly lockfile: string | undefined;
  /** Absolute paths of the files that an install may change, or make. */
  readonly atRisk: readonly string[];
  /** What installs; none where it cannot be told into which environment. */
  readonly install: readonly Command[];
  /** What a person runs then, and after a removal. */
  readonly byHand: Command;
  /** What brings the lockfile up to date and installs nothing, or why nothing can. */
  readonly lock: readonly Command[] | ManualStep;
  /** Where installed packages lie, in words. */
  readonly place: string;
  /** The same where what installs names what was added: for the files as they will be. */
  whenPlanned?(planned: Files): Packages;
}

/** @param root absolute path of the target */
export function nodePackages(manager: PackageManager, root: string): Packages {
  const install = installCommand(manager);
  const lock = lockfileCommand(manager);
  return {
    name: manager.name,
    manifests: ['package.json'],
    lockfile: manager.lockfile,
    atRisk: lockfilesAtRisk(manager, root),
    install: [install],
    byHand: install,
    lock: lock === undefined ? yarnClassic : [lock],
    place: 'node_modules',
  };
}

const yarnClassic: ManualStep = {
  path: 'yarn.lock',
  reason: 'Yarn 1 cannot bring its lockfile up to date without installing',
  snippet: 'yarn install',
};
