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
const pipfilePath = ['packages'] as const;

/**
 * Where a pyproject.toml lists what the project needs at run time: `[project]` before `[tool.poetry]`; undefined when it
 * lists nothing.
 *
 * @throws Error when it is not valid TOML
 */
export function pyprojectDependencies(text: string): DependencyTable | undefined {
  const root = parseToml(text);
  const listed = valueAt(root, projectPath);
  if (Array.isArray(listed)) return { form: 'array', path: projectPath, packages: packagesOf(listed) };
  return versionTable(root, poetryPath);
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
  const isPoetry = path === poetryPath || path.includes('poetry');
  const count = (pattern: RegExp) => others.filter((other) => pattern.test(other)).length;
  if (isPoetry && count(/^\^/) * 2 >= others.length) return `^${range.pinned}`;
  if (isPoetry && count(/^\d/) * 2 > others.length) return range.pinned;
  return specifierLike(others, range);
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
