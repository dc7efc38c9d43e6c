import { join } from 'node:path';
import type { Command } from '../../command.js';
import type { Folders } from '../deployment.js';
import type { Packages } from '../packages.js';
import { readIfText } from '../source-files.js';
import type { PythonDependencies } from './dependencies.js';
import { installCommands, lockCommands, pipCommand, pipenvUpgrade } from './install-commands.js';
import { findVirtualEnvironment } from './virtual-environment.js';

const lockfiles = { pip: undefined, uv: 'uv.lock', poetry: 'poetry.lock', pipenv: 'Pipfile.lock', pdm: 'pdm.lock' };

/**
 * How the packages of a Python project are installed: by the tool that keeps an environment for it; with pip alone, into
 * the virtual environment that is active, or that lies in the target. Without one nobody can tell which environment is
 * meant, so nothing is run.
 *
 * @param root absolute path of the target
 * @param environment the process's variables
 */
export function pythonPackages(
  dependencies: PythonDependencies,
  files: Folders,
  root: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Packages {
  const { tool, chosen } = dependencies;
  const lockfile = lockfiles[tool];
  const keeping = (commands: readonly Command[] | undefined) => commands?.map((one) => keepVersions(one, files));
  const install = keeping(installCommands(dependencies)) ?? withPip(dependencies, root, environment);
  const own: Packages = {
    name: tool,
    manifests: [chosen?.path, chosen?.source].filter((path) => path !== undefined),
    lockfile: lockfile !== undefined && files.exists(lockfile) ? join(root, lockfile) : undefined,
    atRisk: lockfile === undefined ? [] : [join(root, lockfile)],
    install,
    byHand: install.at(-1) ?? pipCommand(dependencies),
    lock: keeping(lockCommands(dependencies)) ?? [],
    place: 'the environment',
  };
  const pipfile = readIfText(files, 'Pipfile');
  if (tool !== 'pipenv' || own.lockfile === undefined || pipfile === undefined) return own;
  return {
    ...own,
    whenPlanned(planned) {
      const upgrade = pipenvUpgrade(pipfile, readIfText(planned, 'Pipfile') ?? '');
      return upgrade === undefined ? own : { ...own, install: [upgrade, ['pipenv', 'sync']], lock: [upgrade] };
    },
  };
}

function withPip(
  { tool, chosen }: PythonDependencies,
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): Command[] {
  if (tool !== 'pip' || chosen?.kind !== 'requirements') return [];
  const python = findVirtualEnvironment(root, environment);
  return python === undefined ? [] : [[python, '-m', 'pip', 'install', '-r', chosen.path]];
}

/**
 * Poetry 1 brings every package up to date with `lock`, unless it is told not to; Poetry 2 has no such option, and never
 * does. Which of them made a lockfile, its version tells (2.1 came with Poetry 2).
 */
function keepVersions(command: Command, files: Folders): Command {
  if (command[0] !== 'poetry' || command[1] !== 'lock') return command;
  const isOld = /^lock-version = "(?:1\.\d+|2\.0)"/m.test(readIfText(files, 'poetry.lock') ?? '');
  return isOld ? [...command, '--no-update'] : command;
}
