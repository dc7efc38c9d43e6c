import { posix } from 'node:path';
import { importsOf } from '../../languages/python/imports.js';
import type { PythonSource } from '../../languages/python/parse.js';
import { bindingsIn } from '../../languages/python/scope.js';
import type { Workspace } from '../../plan/workspace.js';
import type { PythonCode } from '../../project/python/code.js';
import { readIfText } from '../../project/source-files.js';

const names = ['metrics', 'prom_metrics', 'prometheus_metrics'];

/** The generated package, and how the file beside it imports it. */
export interface MetricsPackage {
  /** The folder, relative to the target. */
  readonly folder: string;
  /** `metrics`, `.metrics`, `shop.metrics`. */
  readonly module: string;
}

/**
 * Where the generated package goes: beside the file that creates the app, called `metrics`, unless something of that name
 * is there, or Python would find something else by it. The folder of an earlier run is taken again.
 *
 * @param entry the file that creates the app
 * @returns undefined when all names are taken
 */
export function freeMetricsPackage(
  workspace: Workspace,
  code: PythonCode,
  entry: string,
  source: PythonSource,
): MetricsPackage | undefined {
  const beside = posix.dirname(entry);
  const prefix = importPrefix(code, entry, source);
  const free = (name: string) => isFree(workspace, code, entry, source, name, prefix);
  const isOurs = (name: string) => isWithdrawn(workspace, posix.join(beside, name));
  const name = names.find(isOurs) ?? names.find(free);
  return name === undefined ? undefined : { folder: posix.join(beside, name), module: prefix + name };
}

/** The folder that an import written by hand names, relative to the target. */
export function packageFolder(code: PythonCode, entry: string, module: string): string {
  const [, dots = '', rest = ''] = /^(\.*)(.*)$/.exec(module) ?? [];
  const beside = posix.dirname(entry);
  const steps = rest.split('.');
  if (dots !== '') return posix.join(beside, '../'.repeat(dots.length - 1), ...steps);
  // The package may not be there yet: it is looked for where its parent is, else beside the file.
  const parent = steps.slice(0, -1).join('.');
  const found = parent === '' ? undefined : code.resolve(parent, entry);
  return posix.join(found === undefined ? beside : posix.dirname(found), steps.at(-1) ?? 'metrics');
}

/**
 * What stands before the name of a module beside the file where the file imports it: `.` where it has relative imports,
 * `shop.` where it imports its own package by name, nothing where it imports its neighbours by their bare names. Where it
 * imports none, the way by which Python gets to the file decides.
 */
function importPrefix(code: PythonCode, entry: string, source: PythonSource): string {
  const modules = importsOf(source).map(({ module }) => module);
  if (modules.some((module) => module.startsWith('.'))) return '.';
  const own = modules.map((module) => ownPrefix(code, entry, module)).find((prefix) => prefix !== undefined);
  if (own !== undefined) return own;
  if (posix.basename(entry) === '__init__.py') return '.';
  const beside = posix.dirname(entry);
  const first = code.paths.find((path) => path === '.' || path === beside || beside.startsWith(`${path}/`));
  return first === undefined || first === beside ? '' : '.';
}

/** The prefix with which an absolute import names something in the file's own folder; undefined when it does not. */
function ownPrefix(code: PythonCode, entry: string, module: string): string | undefined {
  const path = code.resolve(module, entry);
  const beside = posix.dirname(entry);
  if (
    path === undefined ||
    (path !== posix.join(beside, '__init__.py') && posix.relative(beside, path).startsWith('..'))
  ) {
    return undefined;
  }
  const inside = posix
    .relative(beside, path)
    .replace(/(?:^|\/)__init__\.py$|\.py$/, '')
    .split('/')
    .filter(Boolean);
  const steps = module.split('.');
  const outside = steps.slice(0, steps.length - inside.length);
  if (steps.slice(outside.length).join('.') !== inside.join('.')) return undefined;
  return outside.map((step) => `${step}.`).join('');
}

function isFree(
  workspace: Workspace,
  code: PythonCode,
  entry: string,
  source: PythonSource,
  name: string,
  prefix: string,
): boolean {
  const path = posix.join(posix.dirname(entry), name);
  // What Python has compiled of an earlier run's package may be left: it is nothing of the user's.
  const isFile = readIfText(workspace, path) !== undefined;
  const isTaken = isFile || (workspace.exists(path) && workspace.list(path).some((file) => file !== '__pycache__'));
  if (isTaken || ['.py', '.pyi'].some((ending) => workspace.exists(path + ending))) return false;
  // A package's submodule becomes its attribute: it would take the place of what the package calls so itself.
  if (posix.basename(entry) === '__init__.py' && bindingsIn(source.root).has(name)) return false;
  return prefix !== '' || code.find(name) === undefined;
}

/** Whether an earlier run's package lay there; it is withdrawn from the workspace before the run is planned anew. */
function isWithdrawn({ planned }: Workspace, folder: string): boolean {
  return planned.drafts.get(posix.join(folder, 'settings.py'))?.kind === 'withdrawn';
}
