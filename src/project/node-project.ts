import { basename } from 'node:path';
import { RefusedError, UsageError } from '../errors.js';
import { findGitRoot } from './git-root.js';
import { type Manifest, parseManifest } from './manifest.js';
import { detectPackageManager, type PackageManager } from './package-manager.js';
import { nodePackages } from './packages.js';
import type { Project } from './project.js';
import type { Files } from './source-files.js';
import { readTypescriptConfig, type TypescriptConfig } from './tsconfig.js';

/** The facts about a Node.js package that do not depend on a framework. */
export interface NodeProject extends Project {
  readonly manifest: Manifest;
  readonly packageManager: PackageManager;
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
export function readNodeProject(root: string, files: Files): NodeProject {
  const text = readManifestText(files);
  if (text === undefined) {
    throw new UsageError(
      `There is no package.json in ${basename(root)}.`,
      'Run the command in the folder of the package that serves HTTP, or name it: add-prom-metrics add <dir>.',
    );
  }
  const gitRoot = findGitRoot(root);
  const packageManager = detectPackageManager(root, gitRoot ?? root);
  return {
    root,
    files,
    manifest: parseManifest(text, 'package.json'),
    packageManager,
    packages: nodePackages(packageManager, root),
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
