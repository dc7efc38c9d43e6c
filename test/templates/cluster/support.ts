import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ts } from 'ts-morph';
import { get } from '../multiprocess/support.js';

const templates = new URL('../../../templates/node/', import.meta.url);

/** The launcher and its settings (3 workers) compiled into `metrics/` of a new folder, with the service `app.cjs`. */
export function buildLauncher(form: 'esm' | 'cjs'): string {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-'));
  mkdirSync(join(folder, 'metrics'));
  const module = form === 'esm' ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS;
  for (const name of ['cluster', 'settings']) {
    const source = readFileSync(new URL(`${name}.ts`, templates), 'utf8').replace(
      "'/metrics',",
      "'/metrics',\n  workers: 3,",
    );
    const { outputText } = ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2020 } });
    writeFileSync(join(folder, 'metrics', `${name}.js`), outputText);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: form === 'esm' ? 'module' : 'commonjs' }));
  copyFileSync(new URL('app.cjs', import.meta.url), join(folder, 'app.cjs'));
  return folder;
}

export interface Launched {
  readonly process: ChildProcess;
  readonly port: number;
  readonly messages: readonly unknown[];
  output(): string;
  /** The exit code, or the signal that ended it; rejects after 15 s. */
  ended(): Promise<number | string>;
  /** Waits for this text in the output. */
  says(text: string): Promise<void>;
  /** The pids of the workers that answer, each asked over a connection of its own. */
  answering(): Promise<Set<number>>;
}

const started = new Set<ChildProcess>();

/** Starts the launcher with `app.cjs`. */
export async function launch(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [process.execPath, 'metrics/cluster.js', 'app.cjs'],
): Promise<Launched> {
  const port = await freePort();
  const [program = '', ...args] = command;
  const { WEB_CONCURRENCY: _, ...inherited } = process.env;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...inherited, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  started.add(child);
  let output = '';
  const messages: unknown[] = [];
  const keep = (chunk: Buffer): void => {
    output += chunk;
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('message', (message) => messages.push(message));
  const exit = once(child, 'exit');
  return {
    process: child,
    port,
    messages,
    output: () => output,
    async ended() {
      const timeout = sleep(15_000, undefined, { ref: false }).then(() =>
        Promise.reject(new Error(`runs on: ${output}`)),
      );
      const [code, signal] = await Promise.race([exit, timeout]);
      return code ?? signal;
    },
    async says(text) {
      for (let waited = 0; !output.includes(text); waited += 10) {
        if (waited > 15_000) throw new Error(`does not say "${text}": ${output}`);
        await sleep(10);
      }
    },
    async answering() {
      const answers = await Promise.all(Array.from({ length: 24 }, () => get(port, '/')));
      return new Set(answers.flatMap((text) => (text === undefined ? [] : [Number(JSON.parse(text).pid)])));
    },
  };
}

/** Ends what tests have left running. */
export async function endAll(): Promise<void> {
  for (const child of started) {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }
  started.clear();
}

export function lives(pid: number): boolean {
  try {
    // A zombie has no memory any more.
    return readFileSync(`/proc/${pid}/statm`, 'latin1') !== '0 0 0 0 0 0 0\n';
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
