import { join } from 'node:path';
import type { Folders } from '../deployment.js';
import type { Packages } from '../packages.js';
import { installCommands, lockCommands, type PythonDependencies, pipCommand } from './dependencies.js';

const lockfiles = { pip: undefined, uv: 'uv.lock', poetry: 'poetry.lock', pipenv: 'Pipfile.lock', pdm: 'pdm.lock' };

/**
 * How the packages of a Python project are installed: by the tool that keeps an environment for it. With pip alone nobody
 * can tell which environment is meant, so nothing is run.
 *
 * @param root absolute path of the target
 */
export function pythonPackages(dependencies: PythonDependencies, files: Folders, root: string): Packages {
  const { tool, chosen } = dependencies;
  const lockfile = lockfiles[tool];
  const install = installCommands(dependencies) ?? [];
  return {
    name: tool,
    manifests: [chosen?.path, chosen?.source].filter((path) => path !== undefined),
    lockfile: lockfile !== undefined && files.exists(lockfile) ? join(root, lockfile) : undefined,
    atRisk: lockfile === undefined ? [] : [join(root, lockfile)],
    install,
    byHand: install.at(-1) ?? pipCommand(dependencies),
    lock: lockCommands(dependencies) ?? [],
    place: 'the environment',
  };
}
