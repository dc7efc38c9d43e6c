import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { catalogueFor } from '../../../../src/metrics/catalogue.js';
import type { OwnMetric } from '../../../../src/metrics/own-metric.js';
import type { Monitoring, Objective } from '../../../../src/monitoring/monitoring.js';
import { runCliJson } from '../../../support/cli.js';
import { loadFixtures } from '../../../support/fixture.js';
import { type Request, send } from '../../../support/http-client.js';
import { ownMetricsOf } from '../../../support/own-metrics.js';
import { createRedis } from '../../../support/redis.js';
import { bootTarget, createTarget, removeTarget, type Target } from '../../../support/target.js';
import { monitoringOf } from './monitoring.js';
import { type DashboardPrometheus, startGenerated } from './prometheus.js';

export const WORKERS = 4;

/** A service that the tool has instrumented, with metrics of its own, and a Prometheus that scrapes it. */
export interface Stage {
  readonly target: Target;
  readonly monitoring: Monitoring;
  readonly prometheus: DashboardPrometheus;
  readonly port: number;
  /**
   * Sends requests until `seconds` are over, `perSecond` of them each second, these one after the other and from the
   * beginning again; gives how many were answered how.
   */
  readonly load: (
    seconds: number,
    perSecond: number,
    requests?: readonly Request[],
  ) => Promise<Readonly<Record<number, number>>>;
  /** Ends a worker with SIGKILL. */
  readonly killWorker: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What the user declares. */
const DECLARATIONS = `const { counter, gauge, histogram, register } = require('./registry');
const { redisCounter } = require('./redis');
const { Summary } = require('prom-client');
const reports = counter({ name: 'reports_total', help: 'Reports made.', labelNames: ['format'] });
const queued = gauge({ name: 'queued_reports', help: 'Reports that wait.', aggregator: 'max' });
const duration = histogram({
  name: 'report_duration_seconds', help: 'Time to make a report.', labelNames: ['format'], buckets: [0.01, 0.05, 0.1, 0.5],
});
const payload = new Summary({ name: 'payload_bytes', help: 'Size of a report.', registers: [register] });
const signups = redisCounter({ name: 'shared_signups_total', help: 'Users who signed up.', labelNames: ['plan'] });
`;

/** What the user adds to the app: a slow route, one that fails at times, and one that counts in Redis. */
const ROUTES = `const own = require('./metrics/custom');
app.get('/reports/:format', (req, res) => {
  const format = req.params.format === 'pdf' ? 'pdf' : 'csv';
  const stop = own.duration.startTimer({ format });
  own.queued.set(Math.round(Math.random() * 8));
  setTimeout(() => {
    stop();
    own.reports.inc({ format });
    own.payload.observe(1000 + Math.random() * 9000);
    res.send(format);
  }, (format === 'pdf' ? 120 : 20) * (0.5 + Math.random()));
});
app.get('/orders/:id', (req, res) => {
  if (req.params.id === '13') throw new Error('on purpose');
  res.json({ id: req.params.id });
});
app.post('/signups', (req, res) => {
  own.signups.inc({ plan: req.body.plan });
  res.status(201).end();
});
`;

/** One of 16 is answered with 500, and one is for no route. */
export const REQUESTS: readonly Request[] = [
  { method: 'GET', path: '/todos' },
  { method: 'GET', path: '/todos/1' },
  { method: 'GET', path: '/orders/1' },
  { method: 'GET', path: '/todos' },
  { method: 'GET', path: '/reports/csv' },
  { method: 'GET', path: '/orders/2' },
  { method: 'GET', path: '/todos/99' },
  { method: 'GET', path: '/todos/2' },
  { method: 'GET', path: '/orders/3' },
  { method: 'POST', path: '/signups', json: { plan: 'free' } },
  { method: 'GET', path: '/todos' },
  { method: 'GET', path: '/reports/pdf' },
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/wp-login.php' },
  { method: 'GET', path: '/orders/13' },
  { method: 'POST', path: '/signups', json: { plan: 'paid' } },
];

/** Sets all up: the fixture single-file with `add --workers 4 --redis`, its Redis, the service and its Prometheus. */
export async function setStage(
  binaries: { readonly prometheus: string; readonly redis: string },
  objective: Objective = { availability: 95, latencySeconds: 0.1, isGiven: true },
): Promise<Stage> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const target = await instrumented();
    ends.push(() => removeTarget(target));
    const redis = await createRedis(binaries.redis);
    ends.push(() => redis.remove());
    await redis.start();
    const run = path.join(target.root, 'run');
    await execa('mkdir', [run]);
    const app = await bootTarget(target, {
      REDIS_URL: redis.url,
      PROMETHEUS_MULTIPROC_DIR: run,
      NODE_ENV: 'production',
    });
    ends.push(() => app.stop());
    while (!app.output().includes(`${WORKERS} workers listen`)) await sleep(20);
    const monitoring = monitoringOf(
      {},
      {
        application: target.fixture.application ?? '',
        catalogue: catalogueFor({ flavour: 'node', multiprocess: true, redis: true }),
        own: declaredIn(target),
        port: app.port,
        objective,
      },
    );
    const prometheus = await startGenerated(binaries.prometheus, monitoring);
    ends.push(() => prometheus.stop());
    return {
      target,
      monitoring,
      prometheus,
      port: app.port,
      load: (seconds, perSecond, requests = REQUESTS) => load(app.port, seconds, perSecond, requests),
      killWorker: () => killChild(app.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The metrics that the tool finds in the code: all that the user declares. */
function declaredIn(target: Target): readonly OwnMetric[] {
  const { metrics, problems } = ownMetricsOf(target.dir);
  const declared = [...DECLARATIONS.matchAll(/name: '(\w+)'/g)].map(([, name]) => name);
  const missing = declared.filter((name) => !metrics.some((metric) => metric.name === name));
  if (missing.length === 0 && problems.length === 0) return metrics;
  throw new Error(`not found: ${missing.join(', ')}; ${JSON.stringify(problems)}`);
}

async function instrumented(): Promise<Target> {
  const fixture = loadFixtures('express').find(({ name }) => name === 'single-file');
  if (fixture === undefined) throw new Error('no fixture single-file');
  const target = await createTarget({ ...fixture, set: 'redis', start: ['node', 'metrics/cluster.js', 'index.js'] });
  try {
    const answers = ['--workers', String(WORKERS), '--redis'];
    const flags = ['--yes', '--no-install', '--force'];
    const { exitCode, stderr, report } = await runCliJson('add', target.dir, ...flags, ...answers);
    if (exitCode !== 0) throw new Error(`add failed: ${JSON.stringify(report.error)}\n${stderr}`);
    await edit(path.join(target.dir, 'metrics/custom.js'), (text) =>
      text.replace(
        'module.exports = {',
        `${DECLARATIONS}module.exports = { reports, queued, duration, payload, signups,`,
      ),
    );
    await edit(path.join(target.dir, 'index.js'), (text) => text.replace("app.get('/',", `${ROUTES}app.get('/',`));
    return target;
  } catch (error) {
    await removeTarget(target);
    throw error;
  }
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing to edit in ${file}`);
  await writeFile(file, after);
}

async function load(
  port: number,
  seconds: number,
  perSecond: number,
  requests: readonly Request[],
): Promise<Record<number, number>> {
  const answered: Record<number, number> = {};
  const open: Promise<void>[] = [];
  const start = Date.now();
  for (let sent = 0; Date.now() < start + seconds * 1000; ) {
    for (; sent < ((Date.now() - start) / 1000) * perSecond; sent++) {
      const request = requests[sent % requests.length];
      if (request === undefined) continue;
      const count = ({ status }: { status: number }): void => {
        answered[status] = (answered[status] ?? 0) + 1;
      };
      // The requests that a killed worker had are lost with it.
      open.push(send({ port }, request).then(count, () => undefined));
    }
    await sleep(5);
  }
  await Promise.all(open);
  return answered;
}

/** Kills the first child of a process. */
async function killChild(parent: number): Promise<void> {
  const { stdout } = await execa('ps', ['-o', 'pid=', '--ppid', String(parent)]);
  const pid = Number(stdout.trim().split('\n')[0]);
  if (!(pid > 0)) throw new Error(`process ${parent} has no child`);
  process.kill(pid, 'SIGKILL');
}
