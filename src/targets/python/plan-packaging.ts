import { posix } from 'node:path';
import type { TextEdit } from '../../languages/splice.js';
import { addTable, addToArray } from '../../languages/toml.js';
import type { Workspace } from '../../plan/workspace.js';
import { type Folders, namesIn } from '../../project/deployment.js';
import { type Packaging, readPackaging, setuptoolsPath } from '../../project/python/packaging.js';
import type { PythonProject } from '../../project/python/python-project.js';

/** What setuptools passes over when it looks for packages and modules at a project's root (its setuptools/discovery.py). */
const passedOver =
  /^(?:ci|bin|debian|docs?|documentation|manpages|news|newsfragments|changelog|tests?|unit_tests?|examples?|scripts|tools|utils?|python|build|benchmarks?|exercises?|htmlcov|[._].*|tasks|fabfile|site_scons)$/;
const passedOverModules = /^(?:setup|conftest|toxfile|noxfile|pavement|dodo|conanfile|manage|[Ss][Cc]onstruct)$/;

/**
 * Plans that `pip install .` still works, and takes the metrics package along: setuptools refuses a second folder at the
 * root that could be a package (monitoring/ is one to it), and packs nothing that a list does not name.
 *
 * @param before the packages at the root as they are without us
 * @param folder the metrics package, relative to the target
 */
export function planPackaging(
  workspace: Workspace,
  { files, parser, dependencies }: PythonProject,
  before: readonly string[],
  folder: string,
): void {
  const packaging = readPackaging(files, parser);
  if (packaging?.by === 'list') listPackage(workspace, packaging, folder);
  else if (packaging?.by === 'search') includePackage(workspace, packaging, folder);
  // uv packs nothing where no file says by what.
  else if (packaging !== undefined && (dependencies.tool !== 'uv' || packaging.isNamed)) {
    sayWhatIsPacked(workspace, packaging.path, before, folder);
  }
}

function listPackage(
  workspace: Workspace,
  { path, packages }: Extract<Packaging, { by: 'list' }>,
  folder: string,
): void {
  const name = packedName(folder, packages ?? []);
  if (name === undefined || packages?.includes(name)) return;
  const isToml = path === 'pyproject.toml' && packages !== undefined;
  const edits = isToml ? addToArray(workspace.read(path) ?? '', [...setuptoolsPath, 'packages'], name) : undefined;
  const snippet = packages === undefined ? `packages = ["${name}"]` : `"${name}"`;
  const reason = `it lists what is packed: add ${name} to the packages, or the installed app does not start`;
  editOrTell(workspace, path, edits, reason, snippet);
}

function includePackage(
  workspace: Workspace,
  { path, include }: Extract<Packaging, { by: 'search' }>,
  folder: string,
): void {
  if (include === undefined || endsOf(folder).some((name) => matches(include, name))) return;
  const parent = posix.dirname(folder);
  const known = endsOf(parent).find((name) => matches(include, name));
  const name = parent === '.' ? folder : known && `${known}.${posix.basename(folder)}`;
  if (name === undefined) return;
  const at = [...setuptoolsPath, 'packages', 'find', 'include'];
  const edits = path === 'pyproject.toml' ? addToArray(workspace.read(path) ?? '', at, name) : undefined;
  const reason = `it says which packages are packed: include ${name}, or the installed app does not start`;
  editOrTell(workspace, path, edits, reason, `"${name}"`);
}

/** Says what setuptools has found by itself so far, as it would not any more. */
function sayWhatIsPacked(workspace: Workspace, path: string, before: readonly string[], folder: string): void {
  const added = packagesAtRoot(workspace).filter((name) => !before.includes(name));
  const modules = modulesAtRoot(workspace);
  const isSingle = before.length === 1 || (before.length === 0 && modules.length === 1);
  if (added.length === 0 || !isSingle) return;
  const packages = [...new Set([...before, ...(folder.includes('/') ? [] : [folder])])];
  const patterns = packages.map((name) => `${name}*`);
  const { at, lists, inSetup } =
    before.length === 1
      ? {
          at: [...setuptoolsPath, 'packages', 'find'],
          lists: { include: patterns },
          inSetup: `packages=setuptools.find_packages(include=${list(patterns)})`,
        }
      : {
          at: setuptoolsPath,
          lists: { 'py-modules': modules, packages },
          inSetup: `py_modules=${list(modules)}, packages=${list(packages)}`,
        };
  const reason = `setuptools packs the only package, or module, at the root by itself; beside ${added.join(' and ')} it has to be told which`;
  if (path !== 'pyproject.toml') workspace.manual({ path, reason, snippet: inSetup });
  else {
    const lines = Object.entries(lists).map(([key, names]) => `${key} = ${list(names)}`);
    const snippet = [`[${at.join('.')}]`, ...lines].join('\n');
    editOrTell(workspace, path, addTable(workspace.read(path) ?? '', at, lists), reason, snippet);
  }
}

function editOrTell(
  workspace: Workspace,
  path: string,
  edits: readonly TextEdit[] | undefined,
  reason: string,
  snippet: string,
): void {
  if (edits === undefined) workspace.manual({ path, reason, snippet });
  else workspace.edit(path, edits);
}

/**
 * Folders at the root that could be packages: to setuptools, all whose name could be one's. What Python has compiled of an
 * earlier run's package may be left, and is nothing of the user's.
 */
export function packagesAtRoot(files: Folders): string[] {
  const names = namesIn(files, '.').filter((name) => /^[A-Za-z]\w*$/.test(name) && !passedOver.test(name));
  return names.filter((name) => namesIn(files, name).some((inside) => inside !== '__pycache__'));
}

function modulesAtRoot(files: Folders): string[] {
  const names = namesIn(files, '.').flatMap((name) => /^(\w+)\.py$/.exec(name)?.[1] ?? []);
  return names.filter((name) => !passedOver.test(name) && !passedOverModules.test(name));
}

/** The folder's name as a package beside its listed parent; undefined where that is not packed either. */
function packedName(folder: string, packages: readonly string[]): string | undefined {
  const parent = posix.dirname(folder);
  if (parent === '.') return folder;
  const known = endsOf(parent).find((name) => packages.includes(name));
  return known && `${known}.${posix.basename(folder)}`;
}

/** The dotted names that a folder may have: src/shop/web is src.shop.web, shop.web or web. */
function endsOf(folder: string): string[] {
  const steps = folder.split('/');
  return steps.map((_, index) => steps.slice(index).join('.'));
}

/** As Python's fnmatch does, where `*` takes dots, too. */
function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`).test(name);
  });
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `"${name}"`).join(', ')}]`;
}
