import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, type TestContext } from 'vitest';
import type { GeneratedFile } from '../../../src/targets/generated-file.js';
import {
  type FlaskAnswers,
  type FlaskSurroundings,
  generateFlaskModules,
} from '../../../src/targets/python/generate.js';
import { type Exposition, sumOf } from '../../support/exposition.js';
import { send } from '../../support/http-client.js';
import { type PythonEnvironment, pythonEnvironment } from '../../support/python-env.js';
import { type RunningApp, startApp } from '../../support/running-app.js';
import { scrape } from '../../support/traffic.js';

export interface ServiceOptions {
  readonly flavour: FlaskSurroundings['flavour'];
  readonly environment: PythonEnvironment;
  readonly answers?: Partial<FlaskAnswers>;
  readonly surroundings?: Partial<FlaskSurroundings>;
  /** Files besides app.py and what is generated, or instead of them. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A service in a folder of its own, on the generated package; it goes, and all that was started, with the test. */
export interface Service {
  readonly folder: string;
  /** The names of the flavour's metrics. */
  readonly names: { readonly requests: string; readonly duration: string; readonly exceptions: string };
  /** Starts gunicorn on a free port; the app is `app:app` when no argument names one. */
  gunicorn(options?: readonly string[], env?: Environment): Promise<RunningApp>;
  /** Starts another program of the environment, which listens on `PORT`. */
  start(program: string, args: readonly string[], env?: Environment): Promise<RunningApp>;
  /** Runs a program of the environment until it ends; gives its output. Throws when it fails. */
  run(program: string, args: readonly string[], env?: Environment): Promise<string>;
  /** The files with counts, of all runs on this folder, relative to its temporary folder. */
  countFiles(): Promise<string[]>;
}

type Environment = Readonly<Record<string, string>>;
type Finish = Pick<TestContext, 'onTestFinished'>;

const RUN_MS = 30_000;
const gunicornConfig = 'gunicorn.conf.py';
const answersOfAll: FlaskAnswers = { appTag: 'shop', metricsPath: '/metrics', redis: false };
const namesOf = {
  client: {
    requests: 'http_requests_total',
    duration: 'http_request_duration_seconds',
    exceptions: 'http_request_exceptions_total',
  },
  exporter: {
    requests: 'flask_http_request_total',
    duration: 'flask_http_request_duration_seconds',
    exceptions: 'flask_http_request_exceptions_total',
  },
};

/** Writes a service; nothing runs yet. */
export async function createService({ onTestFinished }: Finish, options: ServiceOptions): Promise<Service> {
  const { flavour, environment, answers, surroundings, files = {} } = options;
  const bin = await pythonEnvironment(environment);
  const folder = await mkdtemp(path.join(tmpdir(), 'flask-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary);
  const generated = await generate({ ...answersOfAll, ...answers }, { flavour, gunicornConfig, ...surroundings });
  for (const file of generated) await writeText(folder, file.path, file.text);
  await cp(fileURLToPath(new URL('app.py', import.meta.url)), path.join(folder, 'app.py'));
  for (const [name, text] of Object.entries(files)) await writeText(folder, name, text);
  // gunicorn's control socket and our directories are this service's alone.
  const common = { HOME: folder, TMPDIR: temporary, PYTHONDONTWRITEBYTECODE: '1' };

  async function start(program: string, args: readonly string[], env: Environment = {}): Promise<RunningApp> {
    const command = [path.join(bin, program), ...args] as const;
    const app = await startApp({ command, cwd: folder, env: { ...common, ...env } });
    onTestFinished(() => app.stop());
    return app;
  }

  return {
    folder,
    names: namesOf[flavour],
    start,
    gunicorn(args = [], env = {}) {
      const app = args.some((arg) => /^(?!python:)[\w.]+:\w/.test(arg)) ? [] : ['app:app'];
      return start('gunicorn', [...args, ...app], env);
    },
    async run(program, args, env = {}) {
      const own = { PATH: process.env['PATH'] ?? '', ...common, ...env };
      const options = { cwd: folder, env: own, extendEnv: false, timeout: RUN_MS, all: true, stdin: 'ignore' } as const;
      return (await execa(path.join(bin, program), args, options)).all;
    },
    async countFiles() {
      const entries = await readdir(temporary, { recursive: true });
      return entries.filter((name) => name.endsWith('.db'));
    },
  };
}

/** Tries again while somebody builds: the templates are read from the build. */
async function generate(answers: FlaskAnswers, surroundings: FlaskSurroundings): Promise<GeneratedFile[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return generateFlaskModules('metrics', answers, surroundings);
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(500);
    }
  }
}

async function writeText(folder: string, name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Sends so many GETs, each over a connection of its own, a few at a time; each must be answered with this status. */
export async function get(app: RunningApp, target: string, times = 1, status = 200): Promise<void> {
  let left = times;
  const client = async (): Promise<void> => {
    while (left-- > 0) expect((await send(app, { method: 'GET', path: target })).status, target).toBe(status);
  };
  await Promise.all(Array.from({ length: 8 }, client));
}

/** How many requests a service has counted, in both of its metrics, once that number is there (within two seconds). */
export async function counted(app: RunningApp, { names }: Service, expected: number): Promise<void> {
  const deadline = Date.now() + 2_000;
  const totals = (exposition: Exposition) => ({
    requests: sumOf(exposition, names.requests),
    duration: sumOf(exposition, `${names.duration}_count`),
    infinite: sumOf(exposition, `${names.duration}_bucket`, { le: '+Inf' }),
  });
  let seen = totals(await scrape(app));
  while (seen.requests < expected && Date.now() < deadline) seen = totals(await scrape(app));
  expect(seen).toEqual({ requests: expected, duration: expected, infinite: expected });
}

/** The processes that answer. On a machine at rest one may be the quickest for long: then more are asked at once. */
export async function workersOf(app: RunningApp, atLeast: number): Promise<{ pids: Set<number>; asked: number }> {
  const pids = new Set<number>();
  let asked = 0;
  while (pids.size < atLeast && asked < 4000) {
    const length = asked < 100 ? 8 : 64;
    const answers = await Promise.all(Array.from({ length }, () => send(app, { method: 'GET', path: '/pid' })));
    for (const { body } of answers) pids.add(Number(body));
    asked += answers.length;
  }
  return { pids, asked };
}

/** Each of this many fresh scrapes at rest says the same. */
export async function sameView(app: RunningApp, { names }: Service, scrapes = 50): Promise<void> {
  const totals = new Set<number>();
  for (let time = 0; time < scrapes; time++) totals.add(sumOf(await scrape(app), names.requests));
  expect([...totals]).toHaveLength(1);
}

/** Waits until it holds. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it does not become true');
    await sleep(50);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends a process that the tests' own helpers do not know. */
export function kill(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
}
