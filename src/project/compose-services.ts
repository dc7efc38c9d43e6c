import { createRequire } from 'node:module';
import { posix } from 'node:path';
import type * as Yaml from 'yaml';
import { type Folders, findDeployment } from './deployment.js';
import { readIfText } from './source-files.js';

/** A service of a compose file, as far as monitoring has to know it. */
export interface ComposeService {
  readonly name: string;
  readonly image: string | undefined;
  /** The build context, relative to the target; undefined for a service that is not built here. */
  readonly context: string | undefined;
  /** Relative to the target; undefined where the context's own `Dockerfile` is meant, or nothing is built. */
  readonly dockerfile: string | undefined;
  /** Its ports in the container; what it listens to first, as far as that is said. */
  readonly ports: readonly number[];
  /** Ports of the host that are taken by it. */
  readonly hostPorts: readonly number[];
  /** The networks that it names; none for the project's own. */
  readonly networks: readonly string[];
  readonly usesHostNetwork: boolean;
}

/** What `docker compose up` starts in the target. */
export interface ComposeProject {
  /** The files, relative to the target, in the order in which they are given to Compose. */
  readonly files: readonly [string, ...string[]];
  readonly services: readonly ComposeService[];
}

/** Read when there is a compose file, not before. */
const load = createRequire(import.meta.url);

const defaultNames = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/**
 * Reads the compose file of the target: the one that Compose takes by default, with its override file, else the first.
 * Files that are not valid YAML have no services.
 */
export function readCompose(files: Folders): ComposeProject | undefined {
  const paths = findDeployment(files).composeFiles;
  const rank = (path: string) => (defaultNames.indexOf(posix.basename(path)) + defaultNames.length + 1) % 5;
  const [main] = [...paths].sort((a, b) => depth(a) - depth(b) || rank(a) - rank(b));
  if (main === undefined) return undefined;
  const override = main.replace(/\.(ya?ml)$/, '.override.$1');
  const used: [string, ...string[]] = paths.includes(override) ? [main, override] : [main];
  const merged = new Map<string, Record<string, unknown>>();
  for (const path of used) {
    for (const [name, service] of Object.entries(servicesIn(readIfText(files, path) ?? ''))) {
      merged.set(name, merge(merged.get(name) ?? {}, asObject(service)));
    }
  }
  return { files: used, services: [...merged].map(([name, raw]) => readService(name, raw, posix.dirname(main))) };
}

/** A compose file's folder counts before its name: the root's is the one that people start. */
function depth(path: string): number {
  return path.split('/').length;
}

function servicesIn(text: string): Record<string, unknown> {
  const { parseDocument } = load('yaml') as typeof Yaml;
  try {
    const document = parseDocument(text, { merge: true, logLevel: 'silent' });
    return document.errors.length > 0 ? {} : asObject(asObject(document.toJS())['services']);
  } catch {
    return {}; // an alias without its anchor
  }
}

/** Lists are put together, as Compose does with ports and networks; the rest of the later file wins. */
function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const lists = ['ports', 'expose', 'networks'].flatMap((key) => {
    const [one, other] = [base[key], over[key]];
    return Array.isArray(one) && Array.isArray(other) ? [[key, [...one, ...other]] as const] : [];
  });
  return { ...base, ...over, ...Object.fromEntries(lists) };
}

function readService(name: string, raw: Record<string, unknown>, folder: string): ComposeService {
  const build = typeof raw['build'] === 'string' ? { context: raw['build'] } : asObject(raw['build']);
  const context = raw['build'] === undefined ? undefined : posix.join(folder, asText(build['context']) ?? '.');
  const dockerfile = asText(build['dockerfile']);
  const published = asList(raw['ports']).map(readPort);
  const ports = [
    variable(raw['environment'], 'PORT'),
    ...published.map(({ container }) => container),
    ...asList(raw['expose']).map((port) => number(asText(port))),
  ];
  const { networks } = raw;
  return {
    name,
    image: asText(raw['image']),
    context: context?.replace(/(?<=.)\/$/, ''),
    dockerfile: dockerfile && context ? posix.join(context, dockerfile) : undefined,
    ports: [...new Set(ports.filter((port) => port !== undefined))],
    hostPorts: published.flatMap(({ host }) => host ?? []),
    networks: Array.isArray(networks) ? networks.map(String) : Object.keys(asObject(networks)),
    usesHostNetwork: raw['network_mode'] === 'host',
  };
}

/** `[[ip:]host:]container[/protocol]`, or the long form; a range is nobody's port. */
function readPort(port: unknown): { container: number | undefined; host: number | undefined } {
  if (typeof port === 'object') {
    const { target, published } = asObject(port);
    return { container: number(asText(target)), host: number(asText(published)) };
  }
  const parts = interpolated(asText(port) ?? '')
    .replace(/\/tcp$/, '')
    .split(':');
  return { container: number(parts.at(-1)), host: parts.length > 1 ? number(parts.at(-2)) : undefined };
}

function variable(environment: unknown, name: string): number | undefined {
  const listed = asList(environment).map(String);
  const value = listed.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  return number(value ?? asText(asObject(environment)[name]));
}

/** With the defaults that variables have: `${PORT:-3000}`. */
function interpolated(text: string): string {
  return text.replace(/\$\{\w+:?-([^}]*)\}/g, '$1');
}

function number(text: string | undefined): number | undefined {
  const value = interpolated(text ?? '');
  return /^\d{1,5}$/.test(value) ? Number(value) : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/**
 * The service that runs the app: the one that is built from the target, or has an image of the app's name; of several
 * the one of its Dockerfile, that has ports, or that is called as apps are.
 *
 * @param names the application tag and the package's name
 * @param dockerfile the one that builds the service's image, where it is known
 * @returns one; none where the app is no service here; several where nobody can tell
 */
export function appServices(
  { services }: ComposeProject,
  names: readonly string[],
  dockerfile: string | undefined,
): ComposeService[] {
  const built = services.filter(({ context }) => context === '.');
  const named = services.filter(({ image }) => image !== undefined && names.includes(imageName(image)));
  const narrowing: ((service: ComposeService) => boolean)[] = [
    (service) => dockerfile !== undefined && (service.dockerfile ?? 'Dockerfile') === dockerfile,
    ({ ports }) => ports.length > 0,
    ({ name }) => names.includes(name),
    ({ name }) => /^(?:app|api|web|server|backend|service)$/.test(name),
  ];
  return narrowing.reduce(
    (left, fits) => (left.length > 1 && left.some(fits) ? left.filter(fits) : left),
    built.length > 0 ? built : named,
  );
}

/** `ghcr.io/acme/shop:1.2` is called shop. */
export function imageName(image: string): string {
  return posix.basename(image.replace(/@.*$/, '').replace(/:[^/]*$/, ''));
}
