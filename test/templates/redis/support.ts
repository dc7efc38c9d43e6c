import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { prepareSet } from '../../support/node-modules.js';

const root = resolve(import.meta.dirname, '../../..');
const templates = join(root, 'templates/node');

/** The clients that the generated code is tried with, by the name that they have in fixtures/sets/redis. */
export const clients = ['redis', 'redis4', 'redis6', 'ioredis', 'ioredis6'] as const;
export type ClientName = (typeof clients)[number];

/** A folder with the templates as JavaScript in `metrics/`, on this client; the app beside it. */
export async function buildRedisApp(client: ClientName): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-app-'));
  mkdirSync(join(folder, 'metrics'));
  symlinkSync(join(await prepareSet('redis'), 'node_modules'), join(folder, 'node_modules'));
  const connection = client.startsWith('ioredis') ? 'redis-connection-ioredis.ts' : 'redis-connection.ts';
  for (const file of readdirSync(templates).filter((name) => name.endsWith('.ts'))) {
    if (file.startsWith('redis-connection') && file !== connection) continue;
    const { outputText } = transpileModule(readFileSync(join(templates, file), 'utf8'), {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2021, esModuleInterop: true },
    });
    const name = file === connection ? 'redis-connection.js' : file.replace('.ts', '.js');
    const text =
      file === connection ? outputText.replace(/require\("(io)?redis"\)/, `require("${client}")`) : outputText;
    writeFileSync(join(folder, 'metrics', name), text);
  }
  writeFileSync(join(folder, 'app.cjs'), readFileSync(join(import.meta.dirname, 'app.cjs')));
  return folder;
}

export interface Service {
  readonly port: number;
  readonly warnings: () => string;
  stop(): Promise<void>;
}

/** Starts the app of such a folder with this many workers (0: one process alone), and waits until all listen. */
export async function startService(folder: string, workers: number, env: Record<string, string>): Promise<Service> {
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'app.cjs'), String(workers)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const port = await new Promise<number>((done, fail) => {
    let listening = 0;
    child.once('exit', () => fail(new Error(`the app ended: ${stderr}`)));
    child.on('message', (message: { port: number }) => {
      if (++listening >= workers) done(message.port);
    });
  });
  return {
    port,
    warnings: () => stderr,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      setTimeout(() => child.kill('SIGKILL'), 2000).unref();
      if (workers === 0) child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly pid: string;
  readonly body: string;
  readonly ms: number;
}

/** A GET over a connection of its own; rejects after five seconds. */
export function get(port: number, path: string): Promise<Answer> {
  const started = performance.now();
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path, agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', fail).on('end', () => {
        const { statusCode = 0, headers } = response;
        done({ status: statusCode, pid: String(headers['x-pid']), body, ms: performance.now() - started });
      });
    });
    call.on('error', fail).on('timeout', () => call.destroy(new Error(`no answer to ${path}`)));
    call.end();
  });
}

/** Requests that are sent all the while. */
export interface Load {
  /** Waits until so many more were answered. @throws Error when that takes over 20 s */
  more(count: number): Promise<void>;
  /** Ends it, and gives all answers. */
  stop(): Promise<readonly Answer[]>;
}

/** Sends requests one after the other in a few lanes until it is stopped. */
export function startLoad(port: number): Load {
  const answers: Answer[] = [];
  let over = false;
  const lane = async (): Promise<void> => {
    while (!over) {
      answers.push(await get(port, '/count'));
      // Enough for some in every state of Redis, and little enough for cases side by side.
      await sleep(8);
    }
  };
  const lanes = Promise.all([lane(), lane(), lane()]);
  // What a lane throws is thrown by stop.
  lanes.catch(() => undefined);
  return {
    async more(count) {
      const wanted = answers.length + count;
      for (const end = Date.now() + 20_000; answers.length < wanted; await sleep(10)) {
        if (Date.now() > end) throw new Error(`${wanted - answers.length} of ${count} requests were not answered`);
      }
    },
    async stop() {
      over = true;
      await lanes;
      return answers;
    },
  };
}
