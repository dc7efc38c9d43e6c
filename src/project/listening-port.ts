import { type Files, readIfText } from './source-files.js';

/** Where the app listens. */
export interface ListeningPort {
  readonly port: number;
  /** The file that says so; undefined where nothing does. */
  readonly path: string | undefined;
}

/** What may tell the port, besides files with a name of their own. */
export interface PortSources {
  /** The Dockerfiles that could build the service's image, most likely first. */
  readonly dockerfiles?: readonly string[];
  /** The container's side of the ports that the service has in compose files and Kubernetes manifests. */
  readonly published?: readonly { readonly port: number; readonly path: string }[];
  /** What the server's own command or config says. */
  readonly served?: ListeningPort | undefined;
  /** package.json's, by name. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** The files that the app is made of. */
  readonly reached?: readonly { readonly path: string; readonly text: string }[];
}

/** What Express' own examples, and most apps that say nothing, listen to. */
export const usualNodePort = 3000;

/**
 * The port that the app listens to, as far as files tell: what is published of the container, the image's, the
 * environment files', the start scripts', the code's. Of several that are published it is the one that the others know.
 * What was found is never edited; `--port` wins over it.
 */
export function listeningPort(files: Files, sources: PortSources, usual = usualNodePort): ListeningPort {
  const { published = [] } = sources;
  const [first, ...others] = published;
  if (first !== undefined && others.length === 0) return first;
  const known = unpublishedPort(files, sources);
  if (first === undefined) return known ?? { port: usual, path: undefined };
  return (
    published.find(({ port }) => port === known?.port) ?? published.find(({ port }) => !debuggers.has(port)) ?? first
  );
}

/** What Node's, older Node's and Python's debuggers listen to. */
const debuggers = new Set([9229, 9230, 5858, 5678]);

function unpublishedPort(files: Files, sources: PortSources): ListeningPort | undefined {
  const { dockerfiles = [], scripts = {}, reached = [] } = sources;
  for (const path of dockerfiles) {
    const port = dockerfilePort(readIfText(files, path) ?? '');
    if (port !== undefined) return { port, path };
  }
  if (sources.served !== undefined) return sources.served;
  for (const path of ['.env', '.env.production', '.env.example', '.env.sample', '.env.template', '.env.dist']) {
    const port = environmentPort(readIfText(files, path) ?? '');
    if (port !== undefined) return { port, path };
  }
  for (const name of ['start', 'start:prod', 'serve', 'dev']) {
    const port = portOf(/(?:^|\s)PORT=["']?(\d+)\b/.exec(scripts[name] ?? '')?.[1]);
    if (port !== undefined) return { port, path: 'package.json' };
  }
  return codePort(reached);
}

/** The port that an image says it listens to: its variable, else the only one that it exposes over TCP, of the last stage. */
export function dockerfilePort(text: string): number | undefined {
  const lines = text.replace(/\\[ \t]*\r?\n/g, ' ').split(/\r?\n/);
  const stage = lines.slice(lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)) + 1);
  // A stage that is built on another one has what that one exposes.
  for (const part of [stage, lines]) {
    const variables = part.flatMap((line) => /^\s*ENV\s.*?\bPORT[ =]["']?(\d+)\b/i.exec(line)?.[1] ?? []);
    const exposed = part.flatMap((line) => /^\s*EXPOSE\s+(.*)$/i.exec(line)?.[1]?.split(/\s+/) ?? []);
    const tcp = new Set(exposed.flatMap((word) => /^(\d+)(?:\/tcp)?$/i.exec(word)?.[1] ?? []));
    const port = portOf(variables.at(-1) ?? (tcp.size === 1 ? [...tcp][0] : undefined));
    if (port !== undefined) return port;
  }
  return undefined;
}

/** `PORT=` of a dotenv file. */
function environmentPort(text: string): number | undefined {
  return portOf(/^[ \t]*(?:export[ \t]+)?PORT[ \t]*=[ \t]*["']?(\d+)["']?[ \t\r]*(?:#.*)?$/m.exec(text)?.[1]);
}

/**
 * In code, most telling first: what stands in for a missing `PORT` (`process.env.PORT || 3000`, `{ PORT = 3000 }`), a
 * number that is listened to, a constant that is called port and listened to.
 */
const codePatterns = [
  orElse('PORT'),
  orElse('(?:APP|API|SERVER|SERVICE|HTTP|WEB|NODE|LISTEN)_PORT'),
  /\{[^{}]*\bPORT\s*(?::\s*\w+\s*)?=\s*['"]?(\d{2,5})\b[^{}]*\}\s*=\s*process\.env\b/,
  /\.\s*listen\s*\(\s*['"]?(\d{2,5})\b/,
  /\.\s*listen\s*\(\s*\{[^{}]*\bport\s*:\s*['"]?(\d{2,5})\b/,
  /\b(?:const|let|var)\s+port\s*(?::\s*\w+\s*)?=\s*['"]?(\d{2,5})\b/i,
];

/** A variable of the environment, read as a number or not, and what counts without it. A database has a port, too. */
function orElse(name: string): RegExp {
  const variable = (one: string) => `\\benv\\s*(?:\\.\\s*|\\[\\s*['"])${one}\\b(?:['"]\\s*\\])?`;
  const or = '\\s*(?:\\|\\||\\?\\?)\\s*';
  const others = `(?:${or}(?:process\\.)?${variable('\\w+')})*`;
  return new RegExp(`${variable(name)}${others}\\s*(?:,\\s*10\\s*)?\\)*${or}['"]?(\\d{2,5})\\b`);
}

function codePort(reached: NonNullable<PortSources['reached']>): ListeningPort | undefined {
  for (const pattern of codePatterns) {
    for (const { path, text } of reached) {
      if (isTest(path)) continue;
      const port = portOf(pattern.exec(text)?.[1]);
      if (port !== undefined) return { port, path };
    }
  }
  return undefined;
}

function isTest(path: string): boolean {
  return /(?:^|\/)(?:tests?|__tests__|spec)\/|\.(?:test|spec)\.[cm]?[jt]sx?$/.test(path);
}

function portOf(digits: string | undefined): number | undefined {
  const port = Number(digits);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}
