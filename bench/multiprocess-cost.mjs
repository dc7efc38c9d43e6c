// What it costs to count exactly over several processes: node bench/multiprocess-cost.mjs [starts]
//   CPU that sharing adds to the updates of a request, a counter's and a histogram's  goal: at most 2.5 µs
//   CPU that all of our metrics add to a request, against express-prom-bundle's      goal: at most 0.5
//   memory of a process and its files, by the number of series
// Each round starts every variant anew, warms it up, and counts its CPU time over the same
// requests; the variants take turns, so a slow spell hits all of them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { Agent } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drive } from './drive.mjs';
import { install } from './wrong-ways/install.mjs';

const starts = Number(process.argv[2] ?? 5);
const BURSTS = 25;
const WARM_UP = 5000;
const REQUESTS = 1000;
const SERIES = [100, 1000, 10_000];
/** "twin" is "bare" once more: what they differ by is what this measurement cannot tell. */
const variants = ['bare', 'twin', 'single', 'shared', 'bundle'];

const service = fileURLToPath(new URL('multiprocess-cost/service.cjs', import.meta.url));
const folder = install();
const base = mkdtempSync(join(readdirSync('/dev').includes('shm') ? '/dev/shm' : tmpdir(), 'bench-cost-'));
try {
  await measureSharing();
  await measureRequests();
  await measureMemory();
} finally {
  rmSync(base, { recursive: true, force: true });
}

async function measureSharing() {
  const worker = await start('shared');
  const added = await worker.ask('sharing');
  await worker.stop();
  verdict('sharing adds to the updates of a request (µs)', added, 2.5);
}

async function measureRequests() {
  const costs = [];
  for (let i = 0; i < starts; i += 1) costs.push(await costsOfOneStart());
  const added = (name, to) => median(costs.map((cost) => cost[name] - cost[to]));
  console.log(`CPU per request in µs, medians of ${starts} starts, load average ${loadavg()[0].toFixed(1)}`);
  for (const name of variants) {
    const cost = median(costs.map((one) => one[name]));
    console.log(
      `  ${name.padEnd(8)} ${cost.toFixed(1).padStart(6)}   added ${added(name, 'bare').toFixed(1).padStart(5)}`,
    );
  }
  verdict('ours in total / express-prom-bundle in a cluster', added('shared', 'bare') / added('bundle', 'bare'), 0.5);
}

/** The CPU microseconds per request of each variant. */
async function costsOfOneStart() {
  const workers = [];
  for (const name of variants) workers.push({ name, bursts: [], ...(await start(name)) });
  for (const worker of workers) await cpuPerRequest(worker, WARM_UP);
  for (let i = 0; i < BURSTS; i += 1) {
    for (const worker of workers) worker.bursts.push(await cpuPerRequest(worker, REQUESTS));
  }
  for (const worker of workers) await worker.stop();
  return Object.fromEntries(workers.map(({ name, bursts }) => [name, percentile(bursts, 0.25)]));
}

function verdict(title, value, goal) {
  console.log(`${title}: ${value.toFixed(2)} (goal: at most ${goal}) ${value <= goal ? 'met' : 'MISSED'}`);
}

/** Heap and resident memory that a number of series takes, shared and not, and the files of the one worker. */
async function measureMemory() {
  console.log('\n| series (lines) | memory of one process, not shared | shared | shared and scraped | its files |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const series of SERIES) {
    const single = await memoryOf('single', series);
    const shared = await memoryOf('shared', series);
    const cells = [single.made, shared.made, shared.scraped].map((bytes) => `${(bytes / 1e6).toFixed(2)} MB`);
    console.log(`| ${series} | ${cells.join(' | ')} | ${shared.files}, ${(shared.bytes / 1e6).toFixed(2)} MB |`);
  }
}

async function memoryOf(variant, series) {
  const worker = await start(variant);
  const before = await worker.ask('memory');
  await worker.ask('series', series);
  const made = (await worker.ask('memory')) - before;
  await fetchOnce(worker.port, undefined, '/metrics');
  const scraped = (await worker.ask('memory')) - before;
  const files = readdirSync(base, { recursive: true }).map((name) => statSync(join(base, name)));
  await worker.stop();
  for (const name of readdirSync(base)) rmSync(join(base, name), { recursive: true });
  const own = files.filter((file) => file.isFile());
  return { made, scraped, files: own.length, bytes: own.reduce((sum, { size }) => sum + size, 0) };
}

async function cpuPerRequest({ port, ask }, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const before = await ask('cpu');
  await drive(port, agent, count);
  const after = await ask('cpu');
  agent.destroy();
  return (after - before) / count;
}

/** Starts the service; `ask` gives the number that the worker answers to a question. */
async function start(variant) {
  const child = fork(service, [variant], {
    cwd: folder,
    env: { ...process.env, PROMETHEUS_MULTIPROC_DIR: variant === 'shared' ? base : '' },
    execArgv: ['--expose-gc'],
  });
  let stopping = false;
  const ended = once(child, 'exit').then(([code]) => {
    if (!stopping) throw new Error(`${variant} ended with ${code}`);
  });
  const answer = () => Promise.race([once(child, 'message').then(([message]) => message), ended]);
  const port = await answer();
  return {
    port,
    ask(question, value) {
      const promise = answer();
      child.send({ question, value });
      return promise;
    },
    async stop() {
      stopping = true;
      child.disconnect();
      await ended;
    },
  };
}

function median(values) {
  return percentile(values, 0.5);
}

function percentile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];
}
