import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { send } from '../support/http-client.js';
import { type Prometheus, startPrometheus } from '../support/prometheus.js';
import { type RunningApp, startApp } from '../support/running-app.js';

// What the tool is for: a real Prometheus must see the truth of a service whose workers die. Four cluster workers of an
// app that the CLI has instrumented, scraped each second.

const WORKERS = 4;
const PER_SECOND = 40;
const LOAD_SECONDS = 48;
const KILL_EVERY_MS = 5_000;

const FILES = {
  'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', main: 'app.js', dependencies: { express: '5' } }),
  'app.js': `const express = require('express');
const app = express();
app.get('/orders/:id', (req, res) => res.json({ id: req.params.id }));
app.get('/broken', () => {
  throw new Error('on purpose');
});
app.use((error, _req, res, _next) => res.status(500).end(error.message));
app.listen(process.env.PORT);
`,
  'cluster.js': `const cluster = require('cluster');
if (cluster.isWorker) require('./app');
else {
  for (let i = 0; i < ${WORKERS}; i++) cluster.fork();
  cluster.on('listening', (worker) => console.log('+' + worker.process.pid));
  cluster.on('exit', (worker) => {
    console.log('-' + worker.process.pid);
    cluster.fork();
  });
}
`,
};

const prometheusBinary = await requireDebianPackage('prometheus', 'prometheus');
const promtool = await requireDebianPackage('prometheus', 'promtool');

describe.skipIf(prometheusBinary === undefined || promtool === undefined)('a real Prometheus', () => {
  let folder: string;
  let app: RunningApp;
  let prometheus: Prometheus;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'shop-'));
    for (const [name, text] of Object.entries(FILES)) await writeFile(path.join(folder, name), text);
    await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), path.join(folder, 'node_modules'));
    const added = await runCli('add', folder, '--yes', '--no-install', '--force');
    expect(added.exitCode, added.stderr).toBe(0);
    await mkdir(path.join(folder, 'run'));
    const env = { PROMETHEUS_MULTIPROC_DIR: path.join(folder, 'run') };
    app = await startApp({ command: ['node', 'cluster.js'], cwd: folder, env });
    while (workers(app).length < WORKERS) await sleep(20);
    prometheus = await startPrometheus(prometheusBinary ?? '', app.port);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await app?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('sees the true rate while a worker is killed every 5 s, and no reset', { timeout: 90_000 }, async () => {
    const traffic = await load(app);
    // A scrape or two after the last request.
    await sleep(2_000);
    expect(traffic.kills).toBeGreaterThanOrEqual(8);
    // The first seconds are left out: a series has to be there before an increase of it can be seen.
    const seconds = LOAD_SECONDS - 4;
    const end = traffic.end / 1000;
    const sent = traffic.sent.filter((time) => time > traffic.end - seconds * 1000).length;
    const truth = { rate: sent / seconds, sent };
    const orders = `http_requests_total{route="/orders/:id"}[${seconds}s]`;

    expect(await prometheus.value(`sum(rate(${orders}))`, end)).toSatisfy(within(0.05, truth.rate));
    expect(await prometheus.value(`sum(increase(${orders}))`, end)).toSatisfy(within(0.05, truth.sent));
    const durations = `http_request_duration_seconds_count{route="/orders/:id"}[${seconds}s]`;
    expect(await prometheus.value(`sum(increase(${durations}))`, end)).toSatisfy(within(0.05, truth.sent));

    // Every counter; the client has three gauges that are called like one.
    const names = (await prometheus.names()).filter((name) => /_(total|sum|count|bucket)$/.test(name));
    const counters = names.filter((name) => !name.startsWith('nodejs_active_'));
    expect(counters).toContain('http_request_duration_seconds_bucket');
    expect(counters).toContain('process_cpu_seconds_total');
    for (const name of counters) {
      expect(await prometheus.value(`sum(resets(${name}[2m]))`), `resets of ${name}`).toBe(0);
    }
    // The scrapes themselves: at most one for each kill went to a worker that died with it.
    expect(await prometheus.value(`sum_over_time(up[${seconds}s])`, end)).toBeGreaterThan(seconds - traffic.kills - 2);
  });

  it('takes the Content-Type and every line', async () => {
    await sleep(1_500);
    expect((await prometheus.targets()).map(({ health, lastError }) => ({ health, lastError }))).toEqual([
      { health: 'up', lastError: '' },
    ]);
    expect(await prometheus.value('up')).toBe(1);
    expect(await prometheus.value('prom_multiprocess_up')).toBe(1);
  });

  it('finds nothing to say about the exposition, but for names of the client', async () => {
    await send(app, { method: 'GET', path: '/broken' });
    const { body } = await send(app, { method: 'GET', path: '/metrics' });
    expect(body).toContain('http_request_exceptions_total{');
    const { exitCode, stdout, stderr } = await execa(promtool ?? '', ['check', 'metrics'], {
      input: body,
      reject: false,
      timeout: 20_000,
    });
    // promtool's exit code for "it parses, but a name is against the conventions".
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr.split('\n').sort()).toEqual([
      'nodejs_active_handles_total non-counter metrics should not have "_total" suffix',
      'nodejs_active_requests_total non-counter metrics should not have "_total" suffix',
      'nodejs_active_resources_total non-counter metrics should not have "_total" suffix',
    ]);
  });
});

/** The pids of the workers that listen, out of what the primary printed. */
function workers(app: RunningApp): number[] {
  const pids = new Set<number>();
  for (const [, sign, pid] of app.output().matchAll(/^([+-])(\d+)$/gm)) {
    if (sign === '+') pids.add(Number(pid));
    else pids.delete(Number(pid));
  }
  return [...pids];
}

interface Traffic {
  /** When each request was sent, in milliseconds since 1970. */
  readonly sent: readonly number[];
  readonly end: number;
  readonly kills: number;
}

/** Sends requests at a steady rate, each over a connection of its own, and kills workers meanwhile. */
async function load(app: RunningApp): Promise<Traffic> {
  const start = Date.now();
  const end = start + LOAD_SECONDS * 1000;
  const sent: number[] = [];
  const open: Promise<unknown>[] = [];
  let kills = 0;
  while (Date.now() < end) {
    // As many as are due: a busy machine wakes late.
    for (; sent.length < ((Date.now() - start) / 1000) * PER_SECOND; sent.push(Date.now())) {
      const path = `/orders/${sent.length % 100}`;
      // The requests that a killed worker had are lost with it.
      open.push(send(app, { method: 'GET', path }).catch(() => undefined));
    }
    if (Date.now() - start > (kills + 1) * KILL_EVERY_MS) {
      const living = workers(app);
      const victim = living[kills % living.length];
      if (victim !== undefined) process.kill(victim, 'SIGKILL');
      kills += 1;
    }
    await sleep(5);
  }
  await Promise.all(open);
  return { sent, end, kills };
}

function within(share: number, truth: number): (value: number | undefined) => boolean {
  return (value) => value !== undefined && Math.abs(value - truth) <= share * truth;
}
