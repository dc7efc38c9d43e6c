import { normalName, parseRequirements, specifierLike, type VersionRange } from './requirements.js';
import type { TextEdit } from './splice.js';
import { addToArray, addToTable, asTable, parseToml, type TomlTable, valueAt } from './toml.js';

/** A table of a TOML file that lists packages, as its tool writes them. */
export interface DependencyTable {
  /** `array`: requirements as strings (PEP 621); `table`: names with a version each (Poetry, Pipenv). */
  readonly form: 'array' | 'table';
  readonly path: readonly string[];
  /** Normalised names, and what is said of the version; empty where that is no text. */
  readonly packages: ReadonlyMap<string, string>;
}

const projectPath = ['project', 'dependencies'] as const;
const poetryPath = ['tool', 'poetry', 'dependencies'] as const;
const extrasPath = ['project', 'optional-dependencies'] as const;
const groupsPath = ['dependency-groups'] as const;
const poetryGroupPath = ['tool', 'poetry', 'group'] as const;
const pipfilePath = ['packages'] as const;

/**
 * Where a pyproject.toml lists packages: what the project needs at run time first, `[project]` before `[tool.poetry]`; then
 * its extras, and its groups (https://packaging.python.org/en/latest/specifications/dependency-groups/, and Poetry's own).
 *
 * @throws Error when it is not valid TOML
 */
export function pyprojectTables(text: string): DependencyTable[] {
  const root = parseToml(text);
  const named = (path: readonly string[], below: readonly string[] = []) =>
    Object.keys(asTable(valueAt(root, path))).map((name) => [...path, name, ...below]);
  const arrays = [...named(extrasPath), ...named(groupsPath)].map((path) => arrayTable(root, path));
  const tables = named(poetryGroupPath, ['dependencies']).map((path) => versionTable(root, path));
  const main = arrayTable(root, projectPath) ?? versionTable(root, poetryPath);
  return [main, ...arrays, ...tables].filter((table) => table !== undefined);
}

/** What a table is an extra, or a group, of its project by; undefined for what the project always needs. */
export function optionalName({
  path,
}: DependencyTable): { readonly kind: 'extra' | 'group'; readonly name: string } | undefined {
  const startsWith = (start: readonly string[]) => start.every((key, index) => path[index] === key);
  if (startsWith(extrasPath)) return { kind: 'extra', name: path[extrasPath.length] ?? '' };
  const group = [groupsPath, poetryGroupPath].find(startsWith);
  return group && { kind: 'group', name: path[group.length] ?? '' };
}

/**
 * The packages of a Pipfile.
 *
 * @throws Error when it is not valid TOML
 */
export function pipfileDependencies(text: string): DependencyTable | undefined {
  return versionTable(parseToml(text), pipfilePath);
}

/** The tools that a pyproject.toml has settings of. */
export function pyprojectTools(text: string): string[] {
  try {
    return Object.keys(asTable(valueAt(parseToml(text), ['tool'])));
  } catch {
    return [];
  }
}

/**
 * The edits that add a package to such a table, in the manner of those that are there: pinned, compatible, or a range.
 *
 * @returns nothing to do when it is there; undefined when the file would not then say just that more
 */
export function addDependency(
  text: string,
  { form, path, packages }: DependencyTable,
  name: string,
  range: VersionRange,
): TextEdit[] | undefined {
  if (packages.has(normalName(name))) return [];
  const others = [...packages].filter(([other]) => other !== 'python').map(([, specifier]) => specifier);
  if (form === 'table') return addToTable(text, path, name, tableVersion(others, path, range));
  const specifier = specifierLike(others, range);
  // `flask (>=3.0,<4.0)` is how Poetry 2 writes them.
  const parenthesised = others.filter((other) => other.startsWith('(')).length * 2 > others.length;
  return addToArray(text, path, name + (parenthesised ? ` (${specifier})` : specifier));
}

/** In Poetry a bare version is that version only, and most projects use the caret. */
function tableVersion(others: readonly string[], path: readonly string[], range: VersionRange): string {
  const isPoetry = path.includes('poetry');
  const count = (pattern: RegExp) => others.filter((other) => pattern.test(other)).length;
  if (isPoetry && count(/^\^/) * 2 >= others.length) return `^${range.pinned}`;
  if (isPoetry && count(/^\d/) * 2 > others.length) return range.pinned;
  return specifierLike(others, range);
}

function arrayTable(root: TomlTable, path: readonly string[]): DependencyTable | undefined {
  const listed = valueAt(root, path);
  return Array.isArray(listed) ? { form: 'array', path, packages: packagesOf(listed) } : undefined;
}

function versionTable(root: TomlTable, path: readonly string[]): DependencyTable | undefined {
  const table = valueAt(root, path);
  if (table === undefined) return undefined;
  const packages = Object.entries(asTable(table)).map(([name, value]) => {
    const version = typeof value === 'string' ? value : asTable(value)['version'];
    return [normalName(name), typeof version === 'string' ? version : ''] as const;
  });
  return { form: 'table', path, packages: new Map(packages) };
}

function packagesOf(listed: readonly unknown[]): Map<string, string> {
  const lines = listed.filter((item) => typeof item === 'string').map((item) => item.replace(/\s+/g, ' '));
  return new Map(parseRequirements(lines.join('\n')).requirements.map(({ name, specifier }) => [name, specifier]));
}
