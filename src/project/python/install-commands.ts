import type { Command } from '../../command.js';
import { optionalName, pipfileDependencies } from '../../languages/pyproject.js';
import type { PythonDependencies } from './dependencies.js';

/**
 * The commands that install what the files say, for a tool that keeps an environment of its own, and change nothing else in
 * it: uv takes away what was installed beside, unless it is told not to, and Poetry ends with an error at a project that
 * is no package, unless it is to leave that out.
 *
 * @returns undefined for pip, where which environment is meant cannot be told, and for what changed nothing
 */
export function installCommands({ tool, chosen }: PythonDependencies): readonly Command[] | undefined {
  const optional = chosen?.table && optionalName(chosen.table);
  switch (tool) {
    case 'uv':
      if (chosen?.kind !== 'pyproject') return undefined;
      return [['uv', 'sync', '--inexact', ...(optional ? [`--${optional.kind}`, optional.name] : [])]];
    case 'poetry': {
      const named = optional && [optional.kind === 'extra' ? '--extras' : '--with', optional.name];
      return [
        ['poetry', 'lock'],
        ['poetry', 'install', '--no-root', ...(named ?? [])],
      ];
    }
    case 'pipenv':
      return [['pipenv', 'install']];
    case 'pdm':
      return [['pdm', 'install']];
    case 'pip':
      return undefined;
  }
}

/** The commands that bring the lockfile up to date and install nothing; undefined where there is none to keep. */
export function lockCommands({ tool, chosen }: PythonDependencies): readonly Command[] | undefined {
  if (tool === 'pip' || (tool === 'uv' && chosen?.kind !== 'pyproject')) return undefined;
  return [tool === 'pdm' ? ['pdm', 'lock', '--update-reuse'] : [tool, 'lock']];
}

/** The command that a person runs with pip, in the environment that the service has. */
export function pipCommand({ chosen }: PythonDependencies): Command {
  if (chosen?.kind === 'requirements') return ['pip', 'install', '-r', chosen.path];
  const optional = chosen?.table && optionalName(chosen.table);
  if (optional?.kind === 'group') return ['pip', 'install', '--group', optional.name];
  return ['pip', 'install', optional === undefined ? '.' : `.[${optional.name}]`];
}

/**
 * Pipenv brings all packages up to date when it locks; `upgrade` does so with those that it is given and what these need.
 *
 * @param before the Pipfile as it is
 * @param after as it will be
 * @returns undefined where nothing is added
 */
export function pipenvUpgrade(before: string, after: string): Command | undefined {
  const present = pipfileDependencies(before)?.packages;
  const added = [...(pipfileDependencies(after)?.packages ?? [])].filter(([name]) => !present?.has(name));
  if (added.length === 0) return undefined;
  // Without --lock-only it writes the Pipfile anew.
  return ['pipenv', 'upgrade', '--lock-only', ...added.map(([name, version]) => name + version)];
}
