import { field, keywordArgument, parts, stringValue } from '../../languages/python/nodes.js';
import type { PythonParser } from '../../languages/python/parse.js';
import { asTable, parseToml, valueAt } from '../../languages/toml.js';
import { type Folders, namesIn } from '../deployment.js';
import { readIfText } from '../source-files.js';

/** How setuptools is told what goes into the project's distribution. */
export type Packaging =
  /** Packages by name; `modules` are single files, with which packages are none unless they are listed. */
  | { readonly by: 'list'; readonly path: string; readonly packages: readonly string[] | undefined }
  /** It looks for them; `include` are the patterns that it takes, undefined for all. */
  | { readonly by: 'search'; readonly path: string; readonly include: readonly string[] | undefined }
  /**
   * Nothing is said: it takes the only package at the root, else the only module, and ends with an error at a second one
   * (https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#flat-layout).
   */
  | {
      readonly by: 'itself';
      readonly path: string;
      /** Whether a file names setuptools. */
      readonly isNamed: boolean;
    };

/** Keys of a pyproject.toml. */
export const setuptoolsPath = ['tool', 'setuptools'] as const;

/** What says, where it is false, that the project is no package: it is only run (PDM, uv, Poetry). */
const notPackages = [
  ['tool', 'pdm', 'distribution'],
  ['tool', 'uv', 'package'],
  ['tool', 'poetry', 'package-mode'],
] as const;

/**
 * Reads how the project is packed, where setuptools does that: that is so too where no file names what does.
 *
 * @returns undefined where nothing is packed, something else does it, or it cannot be told
 */
export function readPackaging(files: Folders, parser: PythonParser): Packaging | undefined {
  const project = tomlOf(files);
  const backend = valueAt(project, ['build-system', 'build-backend']);
  if (backend !== undefined && !/^setuptools\b/.test(String(backend))) return undefined;
  if (notPackages.some((path) => valueAt(project, path) === false)) return undefined;
  const own = inPyproject(asTable(valueAt(project, setuptoolsPath))) ?? inSetupPy(files, parser) ?? inSetupCfg(files);
  if (own !== undefined) return own;
  const path = project['project'] === undefined ? 'setup.py' : 'pyproject.toml';
  const isTold = readIfText(files, path) !== undefined && !namesIn(files, '.').includes('src');
  return isTold ? { by: 'itself', path, isNamed: backend !== undefined } : undefined;
}

function tomlOf(files: Folders) {
  try {
    return parseToml(readIfText(files, 'pyproject.toml') ?? '');
  } catch {
    return {};
  }
}

function inPyproject({ packages, 'py-modules': modules }: ReturnType<typeof asTable>): Packaging | undefined {
  const path = 'pyproject.toml';
  if (Array.isArray(packages)) return { by: 'list', path, packages: packages.map(String) };
  if (packages !== undefined) {
    const include = valueAt(packages, ['find', 'include']);
    return { by: 'search', path, include: Array.isArray(include) ? include.map(String) : undefined };
  }
  return modules === undefined ? undefined : { by: 'list', path, packages: undefined };
}

function inSetupPy(files: Folders, parser: PythonParser): Packaging | undefined {
  const path = 'setup.py';
  const calls = parser.parse(readIfText(files, path) ?? '').root.descendantsOfType('call');
  const setup = calls.find((call) => /(?:^|\.)setup$/.test(field(call, 'function')?.text ?? ''));
  const packages = setup && keywordArgument(setup, 'packages');
  if (packages?.type === 'list') {
    const names = parts(packages).map(stringValue);
    return names.every((name) => name !== undefined) ? { by: 'list', path, packages: names } : undefined;
  }
  if (packages?.type === 'call') {
    const include = keywordArgument(packages, 'include');
    const patterns = include?.type === 'list' ? parts(include).flatMap((item) => stringValue(item) ?? []) : undefined;
    return { by: 'search', path, include: patterns };
  }
  if (packages !== undefined) return { by: 'search', path, include: undefined };
  const hasModules = setup !== undefined && keywordArgument(setup, 'py_modules') !== undefined;
  return hasModules ? { by: 'list', path, packages: undefined } : undefined;
}

/** `packages =` of its section `[options]`, in one line or below; `find:` looks for them. */
function inSetupCfg(files: Folders): Packaging | undefined {
  const path = 'setup.cfg';
  const options = /^\[options\][^\n]*\n((?:(?!\[).*\n?)*)/m.exec(readIfText(files, path) ?? '')?.[1] ?? '';
  const value = (key: string) => new RegExp(`^${key}\\s*=(.*(?:\\n[ \\t]+.*)*)`, 'm').exec(options)?.[1];
  const packages = value('packages')
    ?.split(/[\s,]+/)
    .filter(Boolean);
  if (packages?.some((name) => /^find(?:_namespace)?:/.test(name))) return { by: 'search', path, include: undefined };
  const hasModules = value('py_modules') !== undefined;
  return packages !== undefined || hasModules ? { by: 'list', path, packages } : undefined;
}
