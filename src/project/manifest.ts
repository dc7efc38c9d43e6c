import { RefusedError } from '../errors.js';

/** What is read of a package.json. Fields of a wrong type count as absent: npm tolerates them too. */
export interface Manifest {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly type: 'module' | 'commonjs';
  readonly main: string | undefined;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** `packageManager` ("pnpm@9.1.0"), as Corepack reads it. */
  readonly packageManager: string | undefined;
  /** `devEngines.packageManager.name`. */
  readonly devEnginesManager: string | undefined;
  readonly workspaces: boolean;
  readonly imports: Readonly<Record<string, unknown>>;
  readonly eslintConfig: Readonly<Record<string, unknown>>;
}

/**
 * Reads a package.json's text.
 *
 * @param text the file's text, with or without a byte order mark
 * @param path named in the error
 * @throws RefusedError when it is not a JSON object
 */
export function parseManifest(text: string, path: string): Manifest {
  const json = parseObject(text, path);
  return {
    name: asString(json['name']),
    version: asString(json['version']),
    type: json['type'] === 'module' ? 'module' : 'commonjs',
    main: asString(json['main']),
    scripts: asStrings(json['scripts']),
    dependencies: asStrings(json['dependencies']),
    devDependencies: asStrings(json['devDependencies']),
    packageManager: asString(json['packageManager']),
    // One, or a list of which the first that is there counts: npm's documentation of package.json, "devEngines".
    devEnginesManager: asString(asObject([asObject(json['devEngines'])['packageManager']].flat()[0])['name']),
    workspaces: json['workspaces'] !== undefined,
    imports: asObject(json['imports']),
    eslintConfig: asObject(json['eslintConfig']),
  };
}

function parseObject(text: string, path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RefusedError(`${path} is not valid JSON: ${reason}`, `Mend ${path}, then run the command again.`, [], {
      cause,
    });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new RefusedError(`${path} is not a JSON object.`, `Mend ${path}, then run the command again.`);
  }
  return asObject(json);
}

function asString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asStrings(value: unknown): Record<string, string> {
  const entries = Object.entries(asObject(value));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
