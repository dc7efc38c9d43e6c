import { posix } from 'node:path';
import {
  type DependencyTable,
  optionalName,
  pipfileDependencies,
  pyprojectTables,
  pyprojectTools,
} from '../../languages/pyproject.js';
import { normalName, parseRequirements } from '../../languages/requirements.js';
import { parseToml, valueAt } from '../../languages/toml.js';
import { type Folders, findDeployment } from '../deployment.js';
import { readIfText } from '../source-files.js';

export type PythonTool = 'pip' | 'uv' | 'poetry' | 'pipenv' | 'pdm';

/** A file that lists what the project needs. */
export interface DependencyFile {
  readonly path: string;
  readonly kind: 'requirements' | 'pyproject' | 'pipfile';
  /** Normalised names with what is said of their versions. */
  readonly packages: ReadonlyMap<string, string>;
  /** Where a TOML file lists them: the table that names the framework, which may be an extra or a group. */
  readonly table: DependencyTable | undefined;
  /** A requirements file that is installed with hashes, its own or those of files beside it: pip then wants all of them. */
  readonly hashed: boolean;
  /** The file that a generated requirements file is made of. */
  readonly source: string | undefined;
  /** Whether it lists what makes the app itself. */
  readonly namesFramework: boolean;
}

export interface PythonDependencies {
  /** Those that could be read. */
  readonly files: readonly DependencyFile[];
  /** Why others could not. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** The one that a new package goes into; undefined when there is none (a setup.py, say, is not edited). */
  readonly chosen: DependencyFile | undefined;
  readonly tool: PythonTool;
  /** What files of constraints say of versions (https://pip.pypa.io/en/stable/user_guide/#constraints-files). */
  readonly constraints: ReadonlyMap<string, string>;
  /** The package's own name, where a file says it. */
  readonly name: string | undefined;
}

/** Requirements files as people name them, those that a service is installed with first. */
const requirementNames = [
  ...['requirements.txt', 'requirements/production.txt', 'requirements/prod.txt', 'requirements/base.txt'],
  ...['requirements/common.txt', 'requirements/main.txt', 'requirements/requirements.txt', 'requirements/docker.txt'],
  ...[
    'requirements-prod.txt',
    'requirements_prod.txt',
    'requirements-base.txt',
    'requirements.in',
    'requirements/base.in',
  ],
];

/** Reads what the project depends on, and finds the file that a new dependency belongs into. */
export function detectDependencies(files: Folders): PythonDependencies {
  const unreadable: { path: string; reason: string }[] = [];
  const attempt = (path: string, read: (text: string) => DependencyFile | undefined): DependencyFile[] => {
    const text = readIfText(files, path);
    if (text === undefined) {
      if (files.exists(path)) unreadable.push({ path, reason: 'it is not UTF-8 text' });
      return [];
    }
    try {
      return [read(text)].filter((file) => file !== undefined);
    } catch (error) {
      unreadable.push({ path, reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
      return [];
    }
  };
  const tables = [
    ...attempt('pyproject.toml', (text) => tableFile('pyproject.toml', 'pyproject', pyprojectTables(text))),
    ...attempt('Pipfile', (text) =>
      tableFile(
        'Pipfile',
        'pipfile',
        [pipfileDependencies(text)].flatMap((one) => one ?? []),
      ),
    ),
  ];
  const roots = [...installedFiles(files), ...requirementNames];
  const hashed = hashedFiles(files, roots);
  const paths = withIncludes(files, roots);
  const lists = paths.flatMap((path) => attempt(path, (text) => requirementsFile(files, path, text, hashed.has(path))));
  const all = [...tables, ...lists];
  return {
    files: all,
    unreadable,
    chosen: choose(files, tables, lists),
    tool: toolOf(files, all),
    constraints: constraintsOf(files, paths),
    name: projectName(files),
  };
}

/** What the project says of a package in any of its files; undefined when none names it. */
export function versionOf({ files }: PythonDependencies, name: string): string | undefined {
  return files.map(({ packages }) => packages.get(normalName(name))).find((version) => version !== undefined);
}

/** The list that names the framework is the one that the app is installed from; a group of tools for tests is not. */
function tableFile(
  path: string,
  kind: 'pyproject' | 'pipfile',
  tables: readonly DependencyTable[],
): DependencyFile | undefined {
  const main = tables.find((table) => optionalName(table) === undefined);
  const table = tables.find((one) => namesFramework(one.packages)) ?? main;
  if (table === undefined) return undefined;
  const packages = new Map([...(main?.packages ?? []), ...table.packages]);
  return { path, kind, packages, table, hashed: false, source: undefined, namesFramework: namesFramework(packages) };
}

function requirementsFile(files: Folders, path: string, text: string, hashed: boolean): DependencyFile {
  const packages = packagesIn(text);
  const source = path.replace(/\.txt$/, '.in');
  return {
    path,
    kind: 'requirements',
    packages,
    namesFramework: namesFramework(packages),
    table: undefined,
    hashed,
    source: source !== path && readIfText(files, source) !== undefined ? source : undefined,
  };
}

function packagesIn(text: string): Map<string, string> {
  return new Map(parseRequirements(text).requirements.map(({ name, specifier }) => [name, specifier]));
}

/** Those that are installed together with a file that has hashes. */
function hashedFiles(files: Folders, roots: readonly string[]): Set<string> {
  const together = roots.map((root) => withIncludes(files, [root]));
  const hasHashes = (path: string) => parseRequirements(readIfText(files, path) ?? '').hashed;
  return new Set(together.filter((paths) => paths.some(hasHashes)).flat());
}

function constraintsOf(files: Folders, paths: readonly string[]): Map<string, string> {
  const named = paths.flatMap((path) =>
    parseRequirements(readIfText(files, path) ?? '').constraints.map((name) => posix.join(posix.dirname(path), name)),
  );
  const inside = named.filter((path) => !path.startsWith('..'));
  return new Map(inside.flatMap((path) => [...packagesIn(readIfText(files, path) ?? '')]));
}

/** The requirements files that Dockerfiles install: what is in the image is what serves. */
function installedFiles(files: Folders): string[] {
  const texts = findDeployment(files).dockerfiles.map((path) => readIfText(files, path) ?? '');
  const named = texts.flatMap((text) =>
    [...text.matchAll(/(?:-r|--requirement)[ =]+([\w./-]+)/g)].map((match) => match[1] ?? ''),
  );
  return named.flatMap((name) => {
    const steps = name.split('/').filter((step) => step !== '' && step !== '.');
    const ends = steps.map((_, index) => steps.slice(index).join('/'));
    return ends.find((end) => readIfText(files, end) !== undefined) ?? [];
  });
}

/** The files, each with those that it includes behind it. */
function withIncludes(files: Folders, paths: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path) || path.startsWith('..')) return;
    const text = readIfText(files, path);
    if (text === undefined && !files.exists(path)) return;
    found.add(path);
    for (const include of parseRequirements(text ?? '').includes) visit(posix.join(posix.dirname(path), include));
  };
  for (const path of paths) visit(path);
  return [...found];
}

const frameworks = ['flask', 'connexion', 'apiflask', 'flask-openapi3', 'eve', 'flask-restful', 'flask-api'];

function namesFramework(packages: ReadonlyMap<string, string>): boolean {
  return frameworks.some((name) => packages.has(name));
}

/** The file that names the framework; of several the Dockerfile's, or the lockfile's; without one, one that names anything. */
function choose(
  files: Folders,
  tables: readonly DependencyFile[],
  lists: readonly DependencyFile[],
): DependencyFile | undefined {
  const isLocked = ({ kind }: DependencyFile) =>
    kind === 'pipfile'
      ? files.exists('Pipfile.lock')
      : ['uv.lock', 'poetry.lock', 'pdm.lock'].some((name) => files.exists(name));
  const installed = new Set(withIncludes(files, installedFiles(files)));
  const ordered = [
    ...lists.filter(({ path }) => installed.has(path)),
    ...tables.filter(isLocked),
    ...tables.filter((file) => !isLocked(file) && (file.kind === 'pipfile' || file.table?.path.includes('poetry'))),
    ...lists.filter(({ path }) => !installed.has(path)),
    ...tables.filter((file) => !isLocked(file) && file.kind === 'pyproject' && !file.table?.path.includes('poetry')),
  ];
  // A file that only includes others is not where packages are listed.
  return ordered.find((file) => file.namesFramework) ?? ordered.find(({ packages }) => packages.size > 0) ?? ordered[0];
}

function toolOf(files: Folders, found: readonly DependencyFile[]): PythonTool {
  const lockfiles = { 'uv.lock': 'uv', 'poetry.lock': 'poetry', 'Pipfile.lock': 'pipenv', 'pdm.lock': 'pdm' } as const;
  for (const [name, tool] of Object.entries(lockfiles)) if (files.exists(name)) return tool;
  const tools = pyprojectTools(readIfText(files, 'pyproject.toml') ?? '');
  if (tools.includes('poetry')) return 'poetry';
  if (found.some(({ kind }) => kind === 'pipfile')) return 'pipenv';
  return tools.includes('uv') ? 'uv' : tools.includes('pdm') ? 'pdm' : 'pip';
}

function projectName(files: Folders): string | undefined {
  try {
    const root = parseToml(readIfText(files, 'pyproject.toml') ?? '');
    const names = [valueAt(root, ['project', 'name']), valueAt(root, ['tool', 'poetry', 'name'])];
    return names.find((name) => typeof name === 'string');
  } catch {
    return undefined;
  }
}
