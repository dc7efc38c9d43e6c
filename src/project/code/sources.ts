import { posix } from 'node:path';
import { resolveSpecifier, specifiersOf } from '../import-graph.js';
import { type Files, readIfText } from '../source-files.js';
import { listSources } from '../source-list.js';
import { readTypescriptConfig, type TypescriptConfig } from '../tsconfig.js';

/** A file that was left out. */
export interface Skipped {
  readonly path: string;
  /** Counted from 1; undefined where the whole file is the reason. */
  readonly line: number | undefined;
  readonly reason: string;
}

/** The source files of a target, and which of them imports which. */
export interface Sources {
  /** By path, relative to the target. */
  readonly texts: ReadonlyMap<string, string>;
  readonly skipped: readonly Skipped[];
  /** The folders that have a package.json, the target itself included. */
  readonly packages: readonly string[];
  /** The file that a specifier names, by its path; undefined for a package from elsewhere. */
  readonly resolve: (from: string, specifier: string) => string | undefined;
  /** The files that a file imports. */
  readonly importsOf: (path: string) => readonly string[];
}

/** Tests measure nothing that anybody scrapes; declarations and minified files are nobody's source code. */
const notService =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|mocks?|specs?|e2e|cypress|fixtures|__fixtures__)\/|[.-](?:test|tests|spec|e2e|mock|stories|min)\.[cm]?[jt]sx?$|\.d\.[cm]?ts$/;

/** What is longer was not written by hand. */
const mostCharacters = 1_000_000;

/**
 * Reads the source files of a target, tests left out.
 *
 * @param root absolute path of the target
 * @param files the same target's files
 */
export function readSources(root: string, files: Files): Sources {
  const texts = new Map<string, string>();
  const skipped: Skipped[] = [];
  for (const path of listSources(root)) {
    if (notService.test(path)) continue;
    const text = readIfText(files, path);
    if (text === undefined) skipped.push({ path, line: undefined, reason: 'it is not UTF-8 text that can be read' });
    else if (text.length <= mostCharacters) texts.set(path, text);
  }
  const packages = foldersOf(texts.keys()).filter((folder) => files.exists(posix.join(folder, 'package.json')));
  const resolve = resolver(root, files, texts, packages);
  const imports = new Map<string, readonly string[]>();
  return {
    texts,
    skipped,
    packages: packages.includes('.') ? packages : ['.', ...packages],
    resolve,
    importsOf: (path) => {
      const known = imports.get(path);
      if (known !== undefined) return known;
      const found = new Set(specifiersOf(texts.get(path) ?? '').flatMap((specifier) => resolve(path, specifier) ?? []));
      imports.set(path, [...found]);
      return [...found];
    },
  };
}

function foldersOf(paths: Iterable<string>): string[] {
  const folders = new Set<string>(['.']);
  for (const path of paths) {
    for (let folder = posix.dirname(path); !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}

function resolver(
  root: string,
  files: Files,
  texts: ReadonlyMap<string, string>,
  packages: readonly string[],
): Sources['resolve'] {
  const inMemory: Files = { read: (path) => texts.get(path), exists: (path) => texts.has(path) };
  const configs = new Map<string, TypescriptConfig>();
  const names = new Map(packages.flatMap((folder) => packageName(files, folder)));
  const imports = new Map(packages.map((folder) => [folder, subpathImports(files, folder)] as const));
  const configOf = (folder: string): TypescriptConfig => {
    const known = configs.get(folder) ?? readTypescriptConfig(root, folder);
    configs.set(folder, known);
    return known;
  };
  return (from, specifier) => {
    const folder = posix.dirname(from);
    const own = packageOf(packages, from);
    const found = resolveSpecifier(inMemory, from, specifier, configOf(folder), imports.get(own) ?? {});
    if (found !== undefined || specifier.startsWith('.')) return found;
    // Another package of the same workspace, by its name: its source is what counts, not what it is built to.
    const [name, inner] = splitName(specifier);
    const other = names.get(name);
    if (other === undefined) return undefined;
    const places = inner === '' ? ['src/index', 'index', 'lib/index', 'src/main'] : [`src/${inner}`, inner];
    const relatives = places.map((place) => `./${posix.join(other, place)}`);
    return first(relatives, (path) => resolveSpecifier(inMemory, 'package.json', path, configOf('.'), {}));
  };
}

/** The innermost package that a file belongs to. */
export function packageOf(packages: readonly string[], path: string): string {
  const around = packages.filter((folder) => folder === '.' || path.startsWith(`${folder}/`));
  return around.reduce((inner, folder) => (folder.length > inner.length ? folder : inner), '.');
}

function packageName(files: Files, folder: string): [string, string][] {
  const { name } = readManifest(files, folder);
  return typeof name === 'string' && name !== '' ? [[name, folder]] : [];
}

function subpathImports(files: Files, folder: string): Readonly<Record<string, unknown>> {
  const { imports } = readManifest(files, folder);
  if (typeof imports !== 'object' || imports === null) return {};
  // Targets are relative to the package; here, every path is relative to the target.
  const inTarget = (value: unknown): unknown => {
    if (typeof value === 'string') return posix.join(folder, value);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inTarget(inner)]));
  };
  return { ...(inTarget(imports) as object) };
}

function readManifest(files: Files, folder: string): { name?: unknown; imports?: unknown } {
  try {
    const json: unknown = JSON.parse(
      (readIfText(files, posix.join(folder, 'package.json')) ?? '{}').replace(/^\uFEFF/, ''),
    );
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {}; // not valid: it names nothing
  }
}

function splitName(specifier: string): [string, string] {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return [parts.slice(0, length).join('/'), parts.slice(length).join('/')];
}

function first<T, R>(items: readonly T[], pick: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = pick(item);
    if (result !== undefined) return result;
  }
  return undefined;
}
