// Scrape latency and CPU of four cluster workers: the generated shared counting against prom-client's AggregatorRegistry.
// Both are scraped in turns in one run, so the ratios hold on a busy machine too. What the first scrapes cost is shown by
// itself (ours: each worker parses the keys of all; both: code that is not compiled yet), then that of a service that has
// been scraped for a while.   goal for the latter, latency and CPU: at most 0.25
//
//   node bench/scrape.mjs [series ...]      (default: 1000 10000 lines for each worker)

import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const WORKERS = 4;
const SCRAPES = 80;
/** As many scrapes as it takes to expose this many lines, so that the code of all workers is compiled. */
const WARM_UP_LINES = 600_000;
const [, , role, ...parameters] = process.argv;

if (role === 'ours') await serveOurs(parameters[0], Number(parameters[1]));
else if (role === 'aggregator') await serveAggregator(Number(parameters[0]));
else await compare([role, ...parameters].filter(Boolean).map(Number));

async function compare(sizes) {
  const build = await buildTemplates();
  try {
    for (const size of sizes.length > 0 ? sizes : [1000, 10_000]) await compareAt(build, size);
  } finally {
    rmSync(build, { recursive: true });
  }
}

async function compareAt(build, size) {
  const base = mkdtempSync(join(readdirSync('/dev').includes('shm') ? '/dev/shm' : tmpdir(), 'bench-'));
  const ours = await start(['ours', build, String(size)], { PROMETHEUS_MULTIPROC_DIR: base });
  const theirs = await start(['aggregator', String(size)]);
  try {
    console.log(`${WORKERS} workers x ${size} series`);
    const first = await scrapeInTurns(ours, theirs, WORKERS);
    print('first scrapes, median', median(first.times.ours), median(first.times.theirs), 'ms');
    print('first scrapes, CPU of all', first.cpu.ours, first.cpu.theirs, 'ms');
    await scrapeInTurns(ours, theirs, WARM_UP_LINES / size);
    const { times, cpu } = await scrapeInTurns(ours, theirs, SCRAPES);
    print('later scrapes, median', median(times.ours), median(times.theirs), 'ms');
    print('later scrapes, p95', percentile(times.ours, 0.95), percentile(times.theirs, 0.95), 'ms');
    print('later scrapes, CPU of all', cpu.ours, cpu.theirs, 'ms');
    const files = readdirSync(base, { recursive: true })
      .map((name) => statSync(join(base, name)))
      .filter((stat) => stat.isFile());
    const bytes = files.reduce((sum, { size: length }) => sum + length, 0);
    console.log(`  files: ${files.length}, ${(bytes / 1e6).toFixed(2)} MB\n`);
  } finally {
    ours.child.kill('SIGKILL');
    theirs.child.kill('SIGKILL');
    rmSync(base, { recursive: true });
  }
}

/** Latencies, and the CPU time of all processes per scrape, in milliseconds. */
async function scrapeInTurns(ours, theirs, count) {
  const times = { ours: [], theirs: [] };
  const before = { ours: cpuOf(ours.pids()), theirs: cpuOf(theirs.pids()) };
  for (let i = 0; i < count; i++) {
    times.ours.push(await timed(ours.port));
    times.theirs.push(await timed(theirs.port));
  }
  const spent = (side, pids) => (cpuOf(pids) - before[side]) / count;
  return { times, cpu: { ours: spent('ours', ours.pids()), theirs: spent('theirs', theirs.pids()) } };
}

function print(title, ours, theirs, unit) {
  const values = `ours ${ours.toFixed(1)} ${unit}, AggregatorRegistry ${theirs.toFixed(1)} ${unit}`;
  console.log(`  ${title.padEnd(30)} ${values.padEnd(50)} ratio ${(ours / theirs).toFixed(2)}`);
}

function percentile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

function median(values) {
  return percentile(values, 0.5);
}

/** CPU time of these processes so far in milliseconds, from /proc (clock ticks of 10 ms). */
function cpuOf(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}

function timed(port) {
  return new Promise((done, fail) => {
    const begin = performance.now();
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let length = 0;
      response.on('data', (chunk) => {
        length += chunk.length;
      });
      response.on('end', () => {
        if (response.statusCode === 200 && length > 1000) done(performance.now() - begin);
        else fail(new Error(`status ${response.statusCode}, ${length} bytes`));
      });
    }).on('error', fail);
  });
}

/** Starts a cluster and waits until each worker has made all of its series. */
function start(parameters, env = {}) {
  const child = fork(script, parameters, { env: { ...process.env, ...env } });
  return new Promise((done, fail) => {
    child.once('exit', () => fail(new Error(`${parameters[0]} ended`)));
    child.on('message', ({ port, pids }) => done({ child, port, pids: () => [child.pid, ...pids] }));
  });
}

function forkWorkers(portOfPrimary) {
  process.on('disconnect', () => process.exit());
  let ready = 0;
  let port = portOfPrimary;
  cluster.on('message', (_worker, message) => {
    if (message.ready === undefined) return;
    port ??= message.ready;
    ready++;
    const pids = Object.values(cluster.workers).map((worker) => worker.process.pid);
    if (ready === WORKERS) setTimeout(() => process.send({ port, pids }), 1500);
  });
  for (let i = 0; i < WORKERS; i++) cluster.fork();
}

/** Half of the lines are counters, half belong to histograms of 11 buckets. */
function makeMetrics({ Counter, Histogram }, track) {
  const counter = new Counter({ name: 'requests_total', help: 'R', labelNames: ['method', 'route', 'status_code'] });
  const histogram = new Histogram({
    name: 'duration_seconds',
    help: 'D',
    labelNames: ['method', 'route', 'status_code'],
  });
  track(counter);
  track(histogram);
  return (size) => {
    const labels = (i) => ({ method: 'GET', route: `/api/v1/resource-${i}/:id`, status_code: 200 });
    for (let i = 0; i < size / 2; i++) counter.inc(labels(i), i);
    for (let i = 0; i < size / 28; i++) histogram.observe(labels(i), i / 100);
  };
}

async function serveOurs(build, size) {
  if (cluster.isPrimary) return forkWorkers();
  const client = await import('prom-client');
  const { openShared } = await import(`${build}/multiprocess.js`);
  const shared = openShared('bench', client.register);
  makeMetrics(client, (metric) => shared.track(metric))(size);
  const server = createServer(async (_req, res) => res.end(await shared.exposition()));
  server.listen(0, '127.0.0.1', () => process.send({ ready: server.address().port }));
}

async function serveAggregator(size) {
  const client = await import('prom-client');
  if (cluster.isPrimary) {
    const registry = new client.AggregatorRegistry();
    const server = createServer(async (_req, res) => res.end(await registry.clusterMetrics()));
    server.listen(0, '127.0.0.1', () => forkWorkers(server.address().port));
    return;
  }
  // Its constructor makes the worker answer the primary.
  new client.AggregatorRegistry();
  makeMetrics(client, () => undefined)(size);
  process.send({ ready: 0 });
}

async function buildTemplates() {
  const { ts } = await import('ts-morph');
  const root = resolve(script, '../..');
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2020 };
  for (const name of ['multiprocess', 'client', 'slots', 'counts', 'merge', 'process']) {
    const source = readFileSync(join(root, 'templates/node', `${name}.ts`), 'utf8');
    writeFileSync(join(folder, `${name}.js`), ts.transpileModule(source, { compilerOptions }).outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
