import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { runCli, runCliJson } from '../support/cli.js';
import { expectCounts } from '../support/expect-counts.js';
import { type Exposition, samplesOf } from '../support/exposition.js';
import { type Fixture, loadFixtures } from '../support/fixture.js';
import { type Origin, send } from '../support/http-client.js';
import { appEnvironment } from '../support/running-app.js';
import { bootTarget, createTarget, gitStatus, removeTarget, snapshotTarget, type Target } from '../support/target.js';
import { scrape, scrapeSettled } from '../support/traffic.js';

const OPTIONS = ['--yes', '--no-install', '--force'];

vi.setConfig({ maxConcurrency: 2 });

const fixtures = new Map(loadFixtures('serving').map((fixture) => [fixture.name, fixture]));

function fixture(name: string): Fixture {
  const found = fixtures.get(name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found;
}

describe.concurrent('a service that is to run in 4 processes', () => {
  it.each([
    ['launcher-cjs', 'package.json', 'NODE_ENV=production node metrics/cluster.js server.js'],
    ['launcher-esm', 'package.json', 'node metrics/cluster.js .'],
    ['launcher-ts', 'package.json', 'node --enable-source-maps dist/metrics/cluster.js dist/server.js'],
    ['launcher-tsx', 'package.json', 'tsx src/metrics/cluster.ts src/server.ts'],
  ])('%s: npm start runs the launcher', async (name, file, command) => {
    await onTarget(name, async (target, base) => {
      const report = await add(target, '--workers', '4');
      expect(report.manual).toEqual([]);
      expect(readFileSync(path.join(target.dir, file), 'utf8')).toContain(`"start": "${command}"`);
      const hazards = report.facts.hazards.map(({ path: at, line, what }) => `${at}:${line} ${what}`);
      expect(hazards).toEqual(
        name === 'launcher-cjs' ? ['server.js:7 sessions in memory', 'server.js:11 a timer'] : [],
      );
      await servesInFour(target, base);
    });
  });

  it.each(['own-cluster', 'own-cluster-shared'])('%s: nothing is forked again', async (name) => {
    await onTarget(name, async (target, base) => {
      const report = await add(target);
      expect(report.facts.serving).toMatchObject({ by: 'cluster', workers: 4, file: 'server.js' });
      expect(report.changes.map(({ path: changed }) => changed)).not.toContain('metrics/cluster.js');
      expect(report.manual).toEqual([]);
      if (name === 'own-cluster') await servesInFour(target, base);
      // Without the variable the workers find each other, too.
      await servesInFour(target, undefined);
      rmSync(`/dev/shm/prom-${target.fixture.application}-${process.getuid?.() ?? 0}`, { recursive: true });
    });
  });

  it('metrics on a port of their own are the workers’, not of a primary that makes the app, too', async () => {
    await onTarget('own-cluster-shared', async (target) => {
      // Below the ports that the system gives to outgoing connections.
      const port = 10_000 + (process.pid % 10_000);
      await add(target, '--metrics-port', String(port));
      const app = await bootTarget(target);
      try {
        for (let i = 0; i < 40; i++) await send(app, { method: 'GET', path: '/pid' });
        const exposition = await scrapeSettled({ port }, 40);
        const { application = '' } = target.fixture;
        const counts = [{ method: 'GET', route: '/pid', status_code: 200, count: 40 }];
        expectCounts(exposition, { application, sent: 40, counts });
        await expect.poll(async () => workersIn(await scrape({ port })), { timeout: 15_000 }).toBe(4);
      } finally {
        await app.stop();
      }
    });
  });

  it.each([
    [
      'pm2-js',
      'ecosystem.config.js',
      ["      max_memory_restart: '200M',", '      instances: 4,', "      exec_mode: 'cluster'"],
    ],
    ['pm2-json', 'process.json', ['"script": "server.js", "instances": 4, "exec_mode": "cluster" }']],
  ])('%s: PM2 gets the number', async (name, file, lines) => {
    await onTarget(name, async (target, base) => {
      const report = await add(target, '--workers', '4');
      expect(report.manual).toEqual([]);
      expect(readFileSync(path.join(target.dir, file), 'utf8')).toContain(lines.join('\n'));
      await servesUnderPm2(target, file, base);
    });
  });

  it('a number that nobody asked for changes nothing, also when the repository changes later', async () => {
    await onTarget('pm2-json', async (target) => {
      const report = await add(target);
      expect(report.changes.map(({ path: changed }) => changed)).not.toContain('process.json');
      const file = path.join(target.dir, 'process.json');
      const before = readFileSync(file, 'utf8');
      await execa('sed', ['-i', 's/"instances": 2/"instances": 8/', file]);
      expect((await runCliJson('add', target.dir, '--check')).exitCode).toBe(0);
      expect((await add(target, '--json')).status).toBe('unchanged');
      await execa('sed', ['-i', 's/"instances": 8/"instances": 2/', file]);
      expect(readFileSync(file, 'utf8')).toBe(before);
    });
  });

  it('a number that was asked for stays until another one is', async () => {
    await onTarget('launcher-esm', async (target) => {
      const manifest = () => readFileSync(path.join(target.dir, 'package.json'), 'utf8');
      await add(target, '--workers', '3');
      expect((await add(target)).status).toBe('unchanged');
      const renewed = await add(target, '--workers', '5');
      expect(renewed.changes.map(({ path: changed }) => changed)).toEqual([
        'add-prom-metrics.json',
        'metrics/settings.js',
      ]);
      expect(manifest()).toContain('metrics/cluster.js');
      const back = await add(target, '--workers', '1');
      expect(back.changes.map(({ path: changed }) => changed)).toContain('metrics/cluster.js');
      expect(manifest()).toContain('"start": "node ."');
    });
  });

  it('the summary names what does not survive it', async () => {
    await onTarget('launcher-cjs', async (target) => {
      const { stdout } = await runCli('add', target.dir, ...OPTIONS, '--workers', '2');
      expect(stdout).toContain('Look at these before the service runs in several processes');
      expect(stdout).toContain('server.js:7: sessions in memory: each process has its own');
    });
  });
});

interface Report {
  readonly status: string;
  readonly changes: readonly { readonly path: string }[];
  readonly manual: readonly unknown[];
  readonly facts: {
    readonly serving: object;
    readonly hazards: readonly { readonly path: string; readonly line: number; readonly what: string }[];
  };
}

/** A target from `use` on; after it, a second run changes nothing, and `remove` gives the bytes back. */
async function onTarget(name: string, use: (target: Target, base: string) => Promise<void>): Promise<void> {
  const target = await createTarget(fixture(name));
  const base = mkdtempSync(path.join(tmpdir(), 'serving-'));
  try {
    const before = await snapshotTarget(target);
    await use(target, base);
    expect((await add(target)).status).toBe('unchanged');
    const { exitCode, stderr } = await runCliJson('remove', target.dir, ...OPTIONS);
    expect(exitCode, stderr).toBe(0);
    expect(await gitStatus(target)).toBe('');
    expect(await snapshotTarget(target)).toEqual(before);
  } finally {
    await removeTarget(target);
    rmSync(base, { recursive: true, force: true });
  }
}

async function add(target: Target, ...flags: readonly string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await runCliJson('add', target.dir, ...OPTIONS, ...flags);
  expect(exitCode, stdout + stderr).toBe(0);
  return JSON.parse(stdout) as Report;
}

async function servesInFour(target: Target, base: string | undefined): Promise<void> {
  const app = await bootTarget(target, base === undefined ? {} : { PROMETHEUS_MULTIPROC_DIR: base });
  try {
    await expectExact(target.fixture, app);
  } catch (error) {
    if (error instanceof Error) error.message += `\n--- the app printed:\n${app.output()}`;
    throw error;
  } finally {
    await app.stop();
  }
}

async function servesUnderPm2(target: Target, file: string, base: string): Promise<void> {
  const env = {
    ...appEnvironment([target.dir]),
    PM2_HOME: path.join(base, 'pm2'),
    PROMETHEUS_MULTIPROC_DIR: base,
    PORT: String(20_000 + (process.pid % 10_000) + file.length),
  };
  const pm2 = (...args: string[]) => execa('pm2', args, { cwd: target.dir, env, extendEnv: false, timeout: 60_000 });
  try {
    await pm2('start', file);
    await listening(Number(env.PORT));
    await expectExact(target.fixture, { port: Number(env.PORT) });
  } finally {
    await pm2('kill');
  }
}

/** PM2 reports a start before the app listens. */
async function listening(port: number): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    // Not a request: it would be counted.
    const socket = net.connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    if (waited > 15_000) throw new Error(`nothing listens on ${port}`);
    await sleep(50);
  }
}

/** Four processes answer, and whichever is asked has counted for all of them. */
async function expectExact({ application = '' }: Fixture, origin: Origin): Promise<void> {
  const pids = new Set<string>();
  let sent = 0;
  const deadline = Date.now() + 15_000;
  for (; pids.size < 4 || sent < 40; sent++) {
    if (Date.now() > deadline) throw new Error(`only ${pids.size} processes answer`);
    const { body } = await send(origin, { method: 'GET', path: '/pid' });
    pids.add(body);
  }
  for (let i = 0; i < 10; i++) await send(origin, { method: 'GET', path: `/seen/${i}` });
  const counts = [
    { method: 'GET', route: '/pid', status_code: 200, count: sent },
    { method: 'GET', route: '/seen/:name', status_code: 200, count: 10 },
  ];
  expect(pids.size).toBe(4);
  expectCounts(await scrapeSettled(origin, sent + 10), { application, sent: sent + 10, counts });
  for (let i = 0; i < 8; i++) {
    const exposition = await scrape(origin);
    expectCounts(exposition, { application, sent: sent + 10, counts });
    expect(workersIn(exposition)).toBe(4);
  }
}

/** The processes that have gauges of their own: the workers, and not their primary. */
function workersIn(exposition: Exposition): number {
  return new Set(samplesOf(exposition, 'nodejs_heap_size_limit_bytes').map(({ labels }) => labels['worker'])).size;
}
