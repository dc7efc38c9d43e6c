import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Exposition, parseExposition, samplesOf, sumOf } from '../../support/exposition.js';
import { send } from '../../support/http-client.js';
import type { RunningApp } from '../../support/running-app.js';
import { scrape } from '../../support/traffic.js';
import { counted, createService, eventually, get, isAlive, kill, sameView, workersOf } from './support.js';

const combinations = [
  { flavour: 'client', environment: 'old' },
  { flavour: 'client', environment: 'new' },
  { flavour: 'exporter', environment: 'old' },
  { flavour: 'exporter', environment: 'new' },
] as const;

describe.concurrent.each(combinations)('$flavour, $environment: processes come and go', ({ flavour, environment }) => {
  test('no counter falls while workers are killed under load, and the next requests are exact', async (context) => {
    const service = await createService(context, { flavour, environment });
    const app = await service.gunicorn(['-w', '4']);
    const { pids, asked } = await workersOf(app, 4);
    const { stop, falls } = watch(app);
    let answered = asked;
    for (const pid of [...pids].slice(0, 3)) {
      const [answers] = await Promise.all([burst(app, 40), sleep(100).then(() => process.kill(pid, 'SIGKILL'))]);
      answered += answers;
    }
    await stop();
    expect(falls).toEqual([]);
    const before = sumOf(await scrape(app), service.names.requests);
    // What was answered is counted; what died with its worker may be.
    expect(before).toBeGreaterThanOrEqual(answered);
    expect(before).toBeLessThanOrEqual(asked + 120);
    await get(app, '/', 30);
    await counted(app, service, before + 30);
  });

  test('recycled workers keep their counts, in no more files than there are workers', async (context) => {
    const service = await createService(context, { flavour, environment });
    const app = await service.gunicorn(['-w', '4', '--max-requests', '20']);
    await get(app, '/shop/items/7', 120);
    await counted(app, service, 120);
    await sameView(app, service);
    expect(app.output().match(/Booting worker/g)?.length).toBeGreaterThan(8);
    // One of each kind for each worker, and for one that is leaving; the exporter's gauge is the same in all.
    const kinds = (await service.countFiles()).map((name) => path.basename(name).replace(/_[^_]*$/, ''));
    for (const kind of new Set(kinds)) expect(kinds.filter((one) => one === kind).length, kind).toBeLessThan(8);
  });

  test('a new master (USR2) goes on with the counts of the old one', async (context) => {
    const service = await createService(context, { flavour, environment });
    const app = await service.gunicorn(['-w', '2', '--pid', 'gunicorn.pid']);
    await get(app, '/', 20);
    process.kill(app.pid, 'SIGUSR2');
    await eventually(async () => (await readdir(service.folder)).includes('gunicorn.pid.2'));
    const second = Number(await readFile(path.join(service.folder, 'gunicorn.pid.2'), 'utf8'));
    context.onTestFinished(() => kill(second));
    const { asked } = await workersOf(app, 4);
    const before = 20 + asked;
    await counted(app, service, before);
    await sameView(app, service);
    process.kill(app.pid, 'SIGTERM');
    await eventually(async () => !isAlive(app.pid));
    await counted(app, service, before);
    // A reload of the promoted master, too.
    process.kill(second, 'SIGHUP');
    await sleep(1_500);
    await get(app, '/', 30);
    await counted(app, service, before + 30);
    await sameView(app, service);
  });

  test('--preload and --reload', async (context) => {
    const service = await createService(context, { flavour, environment });
    const preloaded = await service.gunicorn(['-w', '3', '--preload']);
    await get(preloaded, '/', 50);
    await counted(preloaded, service, 50);
    await sameView(preloaded, service);
    const reloading = await service.gunicorn(['-w', '2', '--reload']);
    await get(reloading, '/', 20);
    const before = await workersOf(reloading, 2);
    await writeFile(path.join(service.folder, 'metrics', 'settings.py'), '\n# changed\n', { flag: 'a' });
    let { asked } = before;
    await eventually(async () => {
      const now = await workersOf(reloading, 1);
      asked += now.asked;
      return [...now.pids].every((pid) => !before.pids.has(pid));
    });
    await counted(reloading, service, 20 + asked);
    // Two instances on one host keep apart.
    await counted(preloaded, service, 50);
  });
});

describe.concurrent.each([
  { flavour: 'client', environment: 'old', entry: 'app:app', gauge: 'http_requests_in_progress' },
  { flavour: 'exporter', environment: 'new', entry: 'busy:app', gauge: 'jobs_in_progress' },
] as const)('$flavour: gauges and processes', ({ flavour, environment, entry, gauge }) => {
  test('what a killed worker had in progress goes with it', async (context) => {
    const files = { 'busy.py': busy };
    const service = await createService(context, { flavour, environment, ...(flavour === 'exporter' && { files }) });
    const app = await service.gunicorn(['-w', '2', '-k', 'gthread', '--threads', '4', entry]);
    const path = flavour === 'exporter' ? '/busy' : '/slow';
    const hanging = [1, 2, 3].map(() => send(app, { method: 'GET', path }).catch(() => undefined));
    // The scrapes themselves are in none of the two.
    const inProgress = async () => sumOf(await scrape(app), gauge);
    await eventually(async () => (await inProgress()) === 3);
    const { pids } = await workersOf(app, 2);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await Promise.all(hanging);
    await eventually(async () => (await inProgress()) === 0);
    expect((await service.countFiles()).filter((name) => name.includes('gauge_live')).length).toBeLessThanOrEqual(2);
  });

  test('process metrics are those of all processes together, and their CPU never falls', async (context) => {
    const service = await createService(context, { flavour, environment });
    const app = await service.gunicorn(['-w', '3', '--max-requests', '20']);
    const seen: number[] = [];
    for (let round = 0; round < 40; round++) {
      await get(app, '/', 5);
      seen.push(sumOf(await scrape(app), 'process_cpu_seconds_total'));
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const exposition = await scrape(app);
    expect(sumOf(exposition, 'process_resident_memory_bytes')).toBeGreaterThan(60e6);
    expect(Math.abs(sumOf(exposition, 'process_start_time_seconds') - Date.now() / 1000)).toBeLessThan(60);
    expect(samplesOf(exposition, 'process_open_fds')).toHaveLength(1);
    expect(samplesOf(exposition, 'python_info')).toHaveLength(1);
  });
});

describe.concurrent('files of ended workers', () => {
  test.for(['old', 'new'] as const)('a scrape meanwhile misses nothing: %s packages', async (environment, context) => {
    const service = await createService(context, { flavour: 'client', environment });
    const once = /^\[\('fraction_total', 7\.42857142857\d+\), \('whole_total', 1000\.0\)\]$/;
    expect(await service.run('python', ['-c', handingOn])).toMatch(once);
  });
});

// Workers end and new ones begin, as fast as they can, on counts that stay as they are. Each scrape meanwhile must see
// just these: fractions, too, whose sum depends on the order.
const handingOn = `
import os, runpy, signal, types
hooks = runpy.run_path("metrics/gunicorn_hooks.py")
from prometheus_client import Counter
from metrics.exposition import _AllProcesses
whole, fraction = Counter("whole", "Whole."), Counter("fraction", "Fraction.")
server = types.SimpleNamespace(log=None)

def worker(count=lambda: None):
    pid = os.fork()
    if pid == 0:
        hooks["post_fork"](server, None)
        count()
        os._exit(0)
    os.waitpid(pid, 0)
    return types.SimpleNamespace(pid=pid)

def count(index):
    whole.inc(100)
    fraction.inc(0.1 + index / 7)

def totals():
    samples = [sample for metric in _AllProcesses(None).collect() for sample in metric.samples]
    return tuple(sorted((sample.name, sample.value) for sample in samples))

for ended in [worker(lambda: count(index)) for index in range(10)]:
    hooks["child_exit"](server, ended)
churn = os.fork()
while churn == 0:
    hooks["child_exit"](server, worker())
try:
    seen = {totals() for _ in range(600)}
finally:
    os.kill(churn, signal.SIGKILL)
print(*[list(one) for one in seen])
`;

const busy = `
import time
from app import app
from metrics.exporter import exporter

@app.route("/busy")
@exporter.gauge("jobs_in_progress", "Jobs being done now.", multiprocess_mode="livesum")
def busy():
    time.sleep(30)
    return "done"
`;

/** Scrapes until it is stopped; notes each counter that falls. */
function watch(app: RunningApp): { stop: () => Promise<void>; falls: string[] } {
  const falls: string[] = [];
  let goesOn = true;
  const last = new Map<string, number>();
  const look = ({ samples, families }: Exposition): void => {
    for (const { name, labels, value } of samples) {
      const type = families.get(name.replace(/_(?:bucket|sum|count)$/, ''))?.type ?? families.get(name)?.type;
      if (type === 'gauge') continue;
      const key = `${name} ${JSON.stringify(labels)}`;
      if (value < (last.get(key) ?? 0)) falls.push(`${key}: ${last.get(key)} → ${value}`);
      last.set(key, value);
    }
  };
  const loop = async (): Promise<void> => {
    while (goesOn) {
      // A scrape dies with the worker that answers it.
      const answer = await send(app, { method: 'GET', path: '/metrics' }).catch(() => undefined);
      if (answer?.status === 200) look(parseExposition(answer.body));
    }
  };
  const done = loop();
  return {
    falls,
    async stop() {
      goesOn = false;
      await done;
    },
  };
}

/** Requests some of which may die with their worker; gives how many were answered. */
async function burst(app: RunningApp, times: number): Promise<number> {
  const one = () =>
    send(app, { method: 'GET', path: '/' }).then(
      () => 1,
      () => 0,
    );
  let answered = 0;
  for (let left = times; left > 0; left -= 4) {
    for (const answer of await Promise.all([one(), one(), one(), one()])) answered += answer;
  }
  return answered;
}
