import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ts } from 'ts-morph';

const root = resolve(import.meta.dirname, '../../..');
const templates = join(root, 'templates/node');

/** The application under test, a cluster of real processes. */
export const appScript: string = join(import.meta.dirname, 'app.mjs');

/** The templates that share metrics as JavaScript, in a new folder that is removed with `rmSync`. */
export function buildTemplates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'multiprocess-'));
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2020 };
  for (const name of withImports('multiprocess')) {
    const { outputText } = ts.transpileModule(readTemplate(name), { compilerOptions });
    writeFileSync(join(folder, `${name}.js`), outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'client.mjs'), "export * from 'prom-client';\n");
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** A template and all that it loads, directly or not. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, imported = ''] of readTemplate(name).matchAll(/from '\.\/([\w-]+)\.js'/g)) withImports(imported, found);
  return found;
}

function readTemplate(name: string): string {
  return readFileSync(join(templates, `${name}.ts`), 'utf8');
}

/** A folder for the shared files, on tmpfs as in production. */
export function makeBase(): string {
  return mkdtempSync('/dev/shm/multiprocess-');
}

export interface App {
  readonly process: ChildProcess;
  /** What it wrote to its standard error so far. */
  warnings(): string;
  /** Where it listens now: when all workers are dead at once, their common socket is gone, and the next has another. */
  readonly port: number;
  /** The workers that live, as the primary knows them. */
  pids(): readonly number[];
  /** Ends it and waits for that. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface AppOptions {
  readonly build: string;
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Shell commands before it, in a mount namespace of its own, for example a full disk. */
  readonly prepare?: string;
}

/** Starts the application and waits until all of its workers listen. */
export async function startApp({ build, workers = 4, env = {}, prepare }: AppOptions): Promise<App> {
  const [command, ...parameters] = commandFor(build, workers, prepare);
  const child = spawn(command, parameters, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const state = { pids: [] as readonly number[], port: 0, listening: 0, stderr: '' };
  child.stderr?.on('data', (chunk: Buffer) => {
    state.stderr += chunk;
  });
  child.on('message', (message: { port?: number; pids?: number[] }) => {
    if (message.pids) state.pids = message.pids;
    if (!message.port) return;
    state.port = message.port;
    state.listening++;
  });
  await untilListening(child, state, workers);
  return {
    process: child,
    warnings: () => state.stderr,
    get port() {
      return state.port;
    },
    pids: () => state.pids,
    async stop(signal = 'SIGTERM') {
      if (hasEnded(child)) return;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill(signal);
      await ended;
    },
  };
}

function commandFor(build: string, workers: number, prepare: string | undefined): [string, ...string[]] {
  const node: [string, ...string[]] = [process.env['TEST_NODE'] ?? process.execPath, appScript, build, String(workers)];
  if (prepare === undefined) return node;
  return ['unshare', '--map-root-user', '--mount', 'sh', '-ec', `${prepare}\nexec "$@"`, 'sh', ...node];
}

async function untilListening(
  child: ChildProcess,
  state: { readonly listening: number; readonly stderr: string },
  workers: number,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (state.listening < Math.max(1, workers)) {
    if (hasEnded(child)) throw new Error(`the application ended: ${state.stderr}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the application did not listen within a minute: ${state.stderr.slice(0, 2000)}`);
    }
    await sleep(5);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A GET over a connection of its own; undefined when it got no whole answer within the time. */
export function get(port: number, path: string, timeout = 3000): Promise<string | undefined> {
  return new Promise((done) => {
    const call = request({ host: '127.0.0.1', port, path, agent: false, timeout }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => done(response.statusCode === 200 ? text : undefined));
      response.on('error', () => done(undefined));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => done(undefined));
    call.end();
  });
}

/** Sends this many requests, several at a time, and gives how many were answered. */
export async function send(port: number, path: string, count: number, atOnce = 8): Promise<number> {
  let left = count;
  let answered = 0;
  const lane = async (): Promise<void> => {
    while (left-- > 0) if ((await get(port, path)) !== undefined) answered++;
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return answered;
}

/** The series of an exposition and their values. Throws on what Prometheus would not take. */
export function parse(text: string): Map<string, number> {
  const series = new Map<string, number>();
  const types = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) /.exec(line)?.[1];
    if (type !== undefined && types.has(type)) throw new Error(`${type} is there twice`);
    if (type !== undefined) types.add(type);
    if (line.startsWith('#')) continue;
    const match = /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line);
    if (!match?.[1]) throw new Error(`not a sample: ${line}`);
    if (series.has(match[1])) throw new Error(`there twice: ${line}`);
    series.set(match[1], Number(match[2]?.replace('Inf', 'Infinity')));
  }
  return series;
}

/** One scrape; throws when there is no answer. */
export async function scrape(port: number, timeout?: number): Promise<Map<string, number>> {
  const text = await get(port, '/metrics', timeout);
  if (text === undefined) throw new Error('no answer to the scrape');
  return parse(text);
}

/** The sum of a metric's series whose text contains all of these. */
export function total(series: ReadonlyMap<string, number>, name: string, ...parts: readonly string[]): number {
  let sum = 0;
  for (const [text, value] of series) {
    if (text.replace(/\{.*/, '') === name && parts.every((part) => text.includes(part))) sum += value;
  }
  return sum;
}

/** Waits until the condition holds; throws after the time. */
export async function until(condition: () => boolean | Promise<boolean>, timeout = 10_000): Promise<void> {
  const end = Date.now() + timeout;
  // A scrape may fail while workers come and go: the primary hands a connection to one that was just killed.
  const holds = async (): Promise<boolean> => {
    try {
      return await condition();
    } catch {
      return false;
    }
  };
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`still not true after ${timeout} ms: ${condition}`);
    await sleep(20);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** All files below a folder, relative to it. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export function remove(...folders: readonly string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
