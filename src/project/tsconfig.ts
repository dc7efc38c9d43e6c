import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, posix, relative } from 'node:path';
import { parse } from 'jsonc-parser';

/** What of a tsconfig.json matters to code that is generated beside the app. Paths are relative to the target. */
export interface TypescriptConfig {
  /** The config's file, relative to the target; undefined when there is none. */
  readonly path: string | undefined;
  /** Lower case: `nodenext`, `commonjs`, `esnext` … */
  readonly module: string | undefined;
  readonly moduleResolution: string | undefined;
  readonly verbatimModuleSyntax: boolean;
  readonly allowImportingTsExtensions: boolean;
  /** Loops are compiled to such over arrays: one over a Map or a Set is an error, and does nothing where it runs all the same. */
  readonly loopsOverArraysOnly: boolean;
  readonly outDir: string | undefined;
  readonly rootDir: string | undefined;
  readonly baseUrl: string | undefined;
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** Other options that generated code has to obey, as they stand: `noUnusedParameters`, `exactOptionalPropertyTypes` … */
  readonly strictness: readonly string[];
}

const obeyed = [
  'strict',
  'noUncheckedIndexedAccess',
  'exactOptionalPropertyTypes',
  'noUnusedLocals',
  'noUnusedParameters',
  'noPropertyAccessFromIndexSignature',
  'isolatedDeclarations',
  'erasableSyntaxOnly',
];

type Options = Record<string, unknown>;

/** Stands for the folder of the config that is used, also in one that it extends (TypeScript 5.5). */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is TypeScript's own variable, not ours
const configDir = '${configDir}';

/**
 * Reads the tsconfig.json (or jsconfig.json) that holds for a folder of the target, with what it extends.
 *
 * @param root absolute path of the target
 * @param folder relative to the target; its config is looked for from there upwards to the target
 */
export function readTypescriptConfig(root: string, folder: string): TypescriptConfig {
  for (let current = folder; ; current = posix.dirname(current)) {
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      const path = posix.join(current, name);
      const options = readOptions(join(root, path));
      if (options) return describe(path, options);
    }
    if (current === '.' || current === '') return describe(undefined, {});
  }
}

function describe(path: string | undefined, options: Options): TypescriptConfig {
  const base = path === undefined ? '.' : posix.dirname(path);
  const inTarget = (key: string) => {
    const value = word(options[key]);
    return value === undefined ? undefined : posix.join(base, value.replace(configDir, '.'));
  };
  return {
    path,
    module: word(options['module'])?.toLowerCase(),
    moduleResolution: word(options['moduleResolution'])?.toLowerCase(),
    verbatimModuleSyntax: options['verbatimModuleSyntax'] === true,
    allowImportingTsExtensions: options['allowImportingTsExtensions'] === true,
    loopsOverArraysOnly: /^es[35]$/i.test(word(options['target']) ?? '') && options['downlevelIteration'] !== true,
    outDir: inTarget('outDir'),
    rootDir: inTarget('rootDir'),
    baseUrl: inTarget('baseUrl'),
    paths: aliases(options['paths'], base, inTarget('baseUrl') ?? inTarget('pathsBase') ?? base),
    strictness: obeyed.filter((name) => options[name] === true),
  };
}

function aliases(value: unknown, folder: string, base: string): Record<string, string[]> {
  if (typeof value !== 'object' || value === null) return {};
  const inTarget = (path: string) =>
    path.startsWith(configDir) ? posix.join(folder, path.replace(configDir, '.')) : posix.join(base, path);
  return Object.fromEntries(
    Object.entries(value).map(([alias, targets]) => [
      alias,
      (Array.isArray(targets) ? targets : []).filter((path) => typeof path === 'string').map(inTarget),
    ]),
  );
}

/** Compiler options of a config file, those of what it extends below them; undefined when there is no such file. */
function readOptions(file: string, depth = 0): Options | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const config: unknown = parse(text.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true });
  const json = asOptions(config);
  const parents = [json['extends']].flat().filter((name) => typeof name === 'string');
  const inherited = depth > 8 ? [] : parents.map((name) => inheritedOptions(file, name, depth));
  const own = asOptions(json['compilerOptions']);
  // Without baseUrl, `paths` are relative to the config that says them, which may be an inherited one.
  return Object.assign({}, ...inherited, own, own['paths'] === undefined ? {} : { pathsBase: '.' });
}

/** Paths in an inherited config are relative to that config: bring them to the one that extends it. */
function inheritedOptions(file: string, name: string, depth: number): Options {
  const parent = parentFile(file, name);
  if (parent === undefined) return {};
  const options = readOptions(parent, depth + 1) ?? {};
  const shift = relative(dirname(file), dirname(parent));
  const moved = ['outDir', 'rootDir', 'baseUrl', 'pathsBase'].flatMap((key) => {
    const value = word(options[key]);
    return value === undefined || isAbsolute(value) || value.startsWith(configDir)
      ? []
      : [[key, posix.join(shift, value)]];
  });
  return { ...options, ...Object.fromEntries(moved) };
}

function parentFile(file: string, name: string): string | undefined {
  if (name.startsWith('.')) {
    const path = join(dirname(file), name);
    return path.endsWith('.json') ? path : `${path}.json`;
  }
  const require = createRequire(file);
  const names = name.endsWith('.json') ? [name] : [`${name}/tsconfig.json`, `${name}.json`, name];
  for (const candidate of names) {
    try {
      const found = require.resolve(candidate);
      if (found.endsWith('.json')) return found;
    } catch {
      // the next one; where none is installed, what it says is unknown, and the compiler would complain too
    }
  }
  return undefined;
}

function asOptions(value: unknown): Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
