import { basename } from 'node:path';
import { RefusedError, UsageError } from '../errors.js';
import { findGitRoot } from './git-root.js';
import { type Manifest, parseManifest } from './manifest.js';
import { detectPackageManager, type PackageManager } from './package-manager.js';
import type { Files } from './source-files.js';
import { readTypescriptConfig, type TypescriptConfig } from './tsconfig.js';

/** The facts about the target that do not depend on a framework. */
export interface Project {
  /** Absolute path of the target. */
  readonly root: string;
  /** The target's files, without what an earlier run of the tool put there. */
  readonly files: Files;
  readonly manifest: Manifest;
  readonly packageManager: PackageManager;
  /** Absolute path; undefined without git. */
  readonly gitRoot: string | undefined;
  /** The config that holds for the target's own root folder. */
  readonly typescript: TypescriptConfig;
}

/**
 * Reads the facts of a target.
 *
 * @param root absolute path of the target
 * @param files its files, as they are without us
 * @throws UsageError when there is no package.json
 * @throws RefusedError when package.json cannot be read or is not valid
 */
export function readProject(root: string, files: Files): Project {
  const text = readManifestText(files);
  if (text === undefined) {
    throw new UsageError(
      `There is no package.json in ${basename(root)}.`,
      'Run the command in the folder of the package that serves HTTP, or name it: add-prom-metrics add <dir>.',
    );
  }
  const gitRoot = findGitRoot(root);
  return {
    root,
    files,
    manifest: parseManifest(text, 'package.json'),
    packageManager: detectPackageManager(root, gitRoot ?? root),
    gitRoot,
    typescript: readTypescriptConfig(root, '.'),
  };
}

function readManifestText(files: Files): string | undefined {
  try {
    return files.read('package.json');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RefusedError(
      `package.json cannot be read: ${reason}`,
      'Make it readable, then run the command again.',
      [],
      {
        cause,
      },
    );
  }
}
