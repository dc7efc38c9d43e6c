import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';

/**
 * The Python of the virtual environment that a target is evidently installed into: the active one (VIRTUAL_ENV), else one
 * that lies in the target, each only with a pip of its own.
 *
 * @param root absolute path of the target
 * @param environment the process's variables
 * @returns the program: relative to the target where it lies in it, else absolute
 */
export function findVirtualEnvironment(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const active = environment['VIRTUAL_ENV'];
  const folders = [
    ...(active !== undefined && isAbsolute(active) ? [active] : []),
    join(root, '.venv'),
    join(root, 'venv'),
  ];
  const python = folders.flatMap(programsIn).at(0);
  if (python === undefined) return undefined;
  const below = relative(root, python);
  return below.startsWith('..') || isAbsolute(below) ? python : below.split(sep).join('/');
}

function programsIn(folder: string): string[] {
  // A folder that is merely called so has no pyvenv.cfg (https://docs.python.org/3/library/venv.html).
  if (!existsSync(join(folder, 'pyvenv.cfg'))) return [];
  const places = [
    { python: ['bin', 'python'], pip: ['bin', 'pip'] },
    { python: ['Scripts', 'python.exe'], pip: ['Scripts', 'pip.exe'] },
  ];
  return places
    .map(({ python, pip }) => ({ python: join(folder, ...python), pip: join(folder, ...pip) }))
    .filter(({ python, pip }) => existsSync(python) && existsSync(pip))
    .map(({ python }) => python);
}
