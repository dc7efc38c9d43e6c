import { posix } from 'node:path';
import { composeServices, type RawService } from './compose-file.js';
import { type Folders, findDeployment } from './deployment.js';
import { asList, asObject, asText } from './plain-data.js';

/** A service of a compose file, as far as monitoring has to know it. */
export interface ComposeService {
  readonly name: string;
  readonly image: string | undefined;
  /** The build context, relative to the target; undefined for a service that is not built here. */
  readonly context: string | undefined;
  /** Relative to the target; undefined where the context's own `Dockerfile` is meant, or nothing is built. */
  readonly dockerfile: string | undefined;
  /** What it is told to listen to, by its variable PORT. */
  readonly portVariable: number | undefined;
  /** Its ports in the container, by which others reach it. */
  readonly ports: readonly number[];
  /** Ports of the host that are taken by it. */
  readonly hostPorts: readonly number[];
  /** Which port of the host leads to which of the container. */
  readonly published: readonly { readonly container: number; readonly host: number }[];
  /** The networks that it names; none for the project's own. */
  readonly networks: readonly string[];
  readonly usesHostNetwork: boolean;
  /** It is started only when one of these is asked for; none for one that always is. */
  readonly profiles: readonly string[];
  /** Folders and files that it sees, relative to the target, and where. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  /** Where it sees what is not its own, from wherever that is. */
  readonly mountPoints: readonly string[];
}

/** What `docker compose up` starts in the target. */
export interface ComposeProject {
  /** The files, relative to the target, in the order in which they are given to Compose. */
  readonly files: readonly [string, ...string[]];
  readonly services: readonly ComposeService[];
  /** Files that make nothing of their own and go over these, one or the other: for development, for production. */
  readonly variants: readonly string[];
}

/** What Compose takes when no file is named, and what it puts over that; of several the first: compose-go's cli/options.go. */
const defaultNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrideNames = [
  ...['compose.override.yml', 'compose.override.yaml'],
  ...['docker-compose.override.yml', 'docker-compose.override.yaml'],
];

/** Files for what is not to be observed. */
const tests = /[.-](?:tests?|e2e|ci|integration)(?=[.-])/;

/**
 * Reads the compose file of the target: the one that Compose takes by default, with its override file, else the first
 * that is not for tests. Files that are not valid YAML have no services.
 */
export function readCompose(files: Folders): ComposeProject | undefined {
  const paths = findDeployment(files).composeFiles.filter((path) => !tests.test(posix.basename(path)));
  const rank = (path: string) => (defaultNames.indexOf(posix.basename(path)) + defaultNames.length + 1) % 5;
  const [main] = [...paths].sort((a, b) => depth(a) - depth(b) || rank(a) - rank(b));
  if (main === undefined) return undefined;
  const override = overridesOf(main).find((path) => paths.includes(path));
  const used: [string, ...string[]] = override === undefined ? [main] : [main, override];
  const services = composeServices(files, used);
  const variants = paths.filter((path) => {
    const others =
      used.includes(path) || posix.dirname(path) !== posix.dirname(main) ? [] : [...composeServices(files, [path])];
    return others.some(([name, { build, image }]) => services.has(name) && build === undefined && image === undefined);
  });
  return { files: used, services: [...services].map(([name, raw]) => readService(name, raw)), variants };
}

/** The files, one of which Compose puts over this one, in its order; a file that has to be named has none. */
function overridesOf(main: string): string[] {
  if (!defaultNames.includes(posix.basename(main))) return [];
  return overrideNames.map((name) => posix.join(posix.dirname(main), name));
}

/** A compose file's folder counts before its name: the root's is the one that people start. */
function depth(path: string): number {
  return path.split('/').length;
}

function readService(name: string, raw: RawService): ComposeService {
  const context = asText(raw.build?.['context']);
  const dockerfile = asText(raw.build?.['dockerfile']);
  const published = asList(raw['ports']).map(readPort);
  const ports = [
    ...published.map(({ container }) => container),
    ...asList(raw['expose']).map((port) => number(asText(port))),
  ];
  const { networks } = raw;
  return {
    name,
    image: asText(raw['image']),
    context,
    dockerfile: dockerfile && context ? posix.join(context, dockerfile) : undefined,
    portVariable: number(asText(raw.environment['PORT'])),
    ports: [...new Set(ports.filter((port) => port !== undefined))],
    hostPorts: published.flatMap(({ host }) => host ?? []),
    published: published.flatMap(({ container, host }) =>
      container === undefined || host === undefined ? [] : [{ container, host }],
    ),
    networks: Array.isArray(networks) ? networks.map(String) : Object.keys(asObject(networks)),
    usesHostNetwork: raw['network_mode'] === 'host',
    profiles: asList(raw['profiles']).map(String),
    mounts: raw.volumes,
    mountPoints: raw.mountPoints,
  };
}

/** `[[ip:]host:]container[/protocol]`, or the long form; a range is nobody's port. */
function readPort(port: unknown): { container: number | undefined; host: number | undefined } {
  if (typeof port === 'object') {
    const { target, published } = asObject(port);
    return { container: number(asText(target)), host: number(asText(published)) };
  }
  const parts = (asText(port) ?? '').replace(/\/tcp$/, '').split(':');
  return { container: number(parts.at(-1)), host: parts.length > 1 ? number(parts.at(-2)) : undefined };
}

function number(text: string | undefined): number | undefined {
  return /^\d{1,5}$/.test(text ?? '') ? Number(text) : undefined;
}

/**
 * The service that runs the app: the one that is built from the target or with its Dockerfile, or has an image of the
 * app's name, or runs the target's own files in an image of the language; of several the one of its Dockerfile, that has
 * ports, or that is called as apps are.
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
  const built = services.filter(
    ({ context, dockerfile: own }) =>
      context === '.' || (context?.startsWith('..') && own !== undefined && !own.startsWith('../')),
  );
  const named = services.filter(({ image }) => image !== undefined && names.includes(imageName(image)));
  const mounted = services.filter(
    ({ image, mounts }) =>
      image !== undefined && languages.test(imageName(image)) && mounts.some(({ source }) => source === '.'),
  );
  const narrowing: ((service: ComposeService) => boolean)[] = [
    (service) => dockerfile !== undefined && (service.dockerfile ?? 'Dockerfile') === dockerfile,
    ({ ports, portVariable }) => ports.length > 0 || portVariable !== undefined,
    ({ name }) => names.includes(name),
    ({ name }) => /^(?:app|api|web|server|backend|service)$/.test(name),
  ];
  return narrowing.reduce(
    (left, fits) => (left.length > 1 && left.some(fits) ? left.filter(fits) : left),
    [built, named, mounted].find((some) => some.length > 0) ?? [],
  );
}

/** Images in which a service's own files are run as they are. */
const languages = /^(?:node|bun|deno|python)$/;

/** `ghcr.io/acme/shop:1.2` is called shop. */
export function imageName(image: string): string {
  return posix.basename(image.replace(/@.*$/, '').replace(/:[^/]*$/, ''));
}
