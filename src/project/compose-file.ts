import { createRequire } from 'node:module';
import { posix } from 'node:path';
import type * as Yaml from 'yaml';
import { asList, asObject, asText } from './plain-data.js';
import { type Files, readIfText } from './source-files.js';

/** A service as its files say it, with what Compose takes in several spellings brought to one. Paths are the target's. */
export type RawService = Readonly<Record<string, unknown>> & {
  readonly build?: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly volumes: readonly { readonly source: string; readonly target: string }[];
  /** Where the container sees what is not its own: volumes of any kind, other places of the machine and `configs` too. */
  readonly mountPoints: readonly string[];
};

/** Read when there is a compose file, not before. */
const load = createRequire(import.meta.url);

/** A bound against files that extend or include each other. */
const deepest = 5;

/**
 * The services of compose files that are given together: later ones go over earlier ones.
 * https://github.com/compose-spec/compose-spec/blob/main/13-merge.md
 */
export function composeServices(files: Files, paths: readonly string[]): Map<string, RawService> {
  const variables = environmentFile(files, posix.join(posix.dirname(paths[0] ?? '.'), '.env'));
  const merged = new Map<string, RawService>();
  for (const path of paths) {
    for (const [name, service] of servicesIn(files, path, variables, deepest)) {
      const below = merged.get(name);
      merged.set(name, below === undefined ? service : merge(below, service));
    }
  }
  return merged;
}

type Variables = Readonly<Record<string, string>>;

function servicesIn(files: Files, path: string, variables: Variables, depth: number): Map<string, RawService> {
  const document = documentOf(readIfText(files, path) ?? '', variables);
  const folder = posix.dirname(path);
  const included = asList(document['include']).flatMap(
    (entry) => asText(entry) ?? asText(asObject(entry)['path']) ?? [],
  );
  const found = new Map(
    depth === 0
      ? []
      : included.flatMap((name) => [...servicesIn(files, posix.join(folder, name), variables, depth - 1)]),
  );
  for (const [name, raw] of Object.entries(asObject(document['services']))) {
    const service = normalised(asObject(raw), folder);
    const base = depth === 0 ? undefined : extended(files, path, service['extends'], variables, depth - 1);
    found.set(name, base === undefined ? service : merge(base, service));
  }
  return found;
}

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md#extends */
function extended(
  files: Files,
  path: string,
  extend: unknown,
  variables: Variables,
  depth: number,
): RawService | undefined {
  if (extend === undefined) return undefined;
  const name = asText(extend) ?? asText(asObject(extend)['service']);
  const file = asText(asObject(extend)['file']);
  const from = file === undefined ? path : posix.join(posix.dirname(path), file);
  return name === undefined ? undefined : servicesIn(files, from, variables, depth).get(name);
}

function documentOf(text: string, variables: Variables): Record<string, unknown> {
  const { parseDocument } = load('yaml') as typeof Yaml;
  try {
    const document = parseDocument(text, { merge: true, logLevel: 'silent' });
    return document.errors.length > 0 ? {} : asObject(interpolated(document.toJS(), variables));
  } catch {
    return {}; // an alias without its anchor
  }
}

/** Lists are put together, as Compose does; of what has names, the later wins by name; the rest of the later file wins. */
function merge(base: RawService, over: RawService): RawService {
  const lists = ['ports', 'expose', 'networks', 'volumes', 'mountPoints'].flatMap((key) => {
    const [one, other] = [base[key], over[key]];
    return Array.isArray(one) && Array.isArray(other) ? [[key, [...one, ...other]] as const] : [];
  });
  const build = over.build === undefined ? {} : { build: { ...base.build, ...over.build } };
  const environment = { ...base.environment, ...over.environment };
  return { ...base, ...over, ...Object.fromEntries(lists), ...build, environment };
}

function normalised(raw: Record<string, unknown>, folder: string): RawService {
  const { build, environment } = raw;
  const context = asText(build) ?? asText(asObject(build)['context']);
  const pairs = asList(environment).map((line) => String(line).split(/=(.*)/s).slice(0, 2));
  return {
    ...raw,
    ...(build === undefined ? {} : { build: { ...asObject(build), context: inTarget(folder, context ?? '.') } }),
    environment: { ...asObject(environment), ...Object.fromEntries(pairs) },
    volumes: asList(raw['volumes']).flatMap((volume) => readMount(volume, folder) ?? []),
    mountPoints: [
      ...asList(raw['volumes']).flatMap((volume) => sourceAndTarget(volume).target ?? []),
      ...asList(raw['configs']).flatMap((config) => asText(asObject(config)['target']) ?? []),
    ].map(withoutSlash),
  };
}

/** A folder or file of the target that a container sees; undefined for named volumes and other places. */
function readMount(volume: unknown, folder: string): RawService['volumes'][number] | undefined {
  const { source, target } = sourceAndTarget(volume);
  if (source === undefined || target === undefined || !/^\.{1,2}(?:\/|$)/.test(source)) return undefined;
  return { source: inTarget(folder, source), target: withoutSlash(target) };
}

/** `[source:]target[:mode]`, or the long form. */
function sourceAndTarget(volume: unknown): { source: string | undefined; target: string | undefined } {
  const long = asObject(volume);
  const parts = asText(volume)?.split(':');
  if (parts === undefined) return { source: asText(long['source']), target: asText(long['target']) };
  return parts.length === 1 ? { source: undefined, target: parts[0] } : { source: parts[0], target: parts[1] };
}

function inTarget(folder: string, path: string): string {
  return withoutSlash(posix.join(folder, path));
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/$/, '');
}

/** With what variables hold, and the defaults that they have: `${PORT:-3000}`. Others stay as they are. */
function interpolated(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (all, braced, otherwise, plain) => {
      const known: string | undefined = variables[braced ?? plain];
      return known ?? otherwise ?? all;
    });
  }
  if (Array.isArray(value)) return value.map((item) => interpolated(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, variables)]));
}

/** What Compose itself reads for variables: the file `.env` beside the first compose file. */
function environmentFile(files: Files, path: string): Variables {
  const lines = (readIfText(files, path) ?? '').matchAll(
    /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(["']?)(.*?)\2[ \t\r]*$/gm,
  );
  // Compose is called in the target.
  return { PWD: '.', ...Object.fromEntries([...lines].map(([, name = '', , value = '']) => [name, value])) };
}
