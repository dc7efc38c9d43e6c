// What Prometheus sees of a service with four workers, for each usual way to count in it, and for ours:
//   node bench/wrong-ways.mjs [way ...]
// Each way gets the same traffic over fresh connections: 2,000 orders to warm up; 50 scrapes at rest; 1,000 orders within
// 8 s while two workers are killed; 1,000 more while two are ended gracefully; then one worker blocks for 6 s. Prints a
// Markdown table. It takes about 40 s for each way, and wants Node 22 or newer for the row of @prometheus-io/client.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { install } from './wrong-ways/install.mjs';
import { falls, increase } from './wrong-ways/prometheus-view.mjs';
import { startCluster, startPm2 } from './wrong-ways/start.mjs';
import { ask, sendOrders, sendSteadily } from './wrong-ways/traffic.mjs';

const COUNTER = 'http_requests_total';
const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

const ways = [
  { id: 'own-registry', title: 'a registry in each worker', way: 'own-registry' },
  { id: 'aggregator', title: '`AggregatorRegistry` of prom-client', way: 'aggregator' },
  {
    id: 'bundle',
    title: "express-prom-bundle's cluster mode",
    way: 'bundle',
    counter: 'http_request_duration_seconds_count',
  },
  { id: 'aggregator-pm2', title: '`AggregatorRegistry` under PM2', way: 'aggregator', start: startPm2 },
  { id: 'successor', title: '`@prometheus-io/client`, with `shutdown()`', way: 'successor', node: 22 },
  { id: 'ours', title: '**add-prom-metrics**', way: 'ours' },
  { id: 'ours-pm2', title: '**add-prom-metrics** under PM2', way: 'ours', start: startPm2 },
];

const wanted = process.argv.slice(2);
const folder = install();
// Ours leaves the last run's files for the next run to clear away: here there is none.
const base = mkdtempSync(join(tmpdir(), 'bench-wrong-ways-'));
process.env.PROMETHEUS_MULTIPROC_DIR = base;
process.on('exit', () => rmSync(base, { recursive: true, force: true }));
const rows = [
  '| way | `increase()` ÷ true, two of four workers killed | two ended gracefully | decreases in 50 scrapes at rest | one worker blocked for 6 s |',
  '| --- | --- | --- | --- | --- |',
];
for (const way of ways) {
  if (wanted.length > 0 && !wanted.includes(way.id)) continue;
  if (NODE_MAJOR < (way.node ?? 0)) {
    console.error(`${way.id}: left out, it needs Node ${way.node} and this is ${process.version}`);
    continue;
  }
  console.error(`${way.id} …`);
  rows.push(await rowOf(way));
}
console.log(`Node ${process.version}, load average ${loadavg()[0].toFixed(1)}\n\n${rows.join('\n')}`);

async function rowOf({ title, way, counter = COUNTER, start = startCluster }) {
  const service = await start(folder, way);
  const scrape = () => ask(service.metricsPort, '/metrics', 8000);
  try {
    await sendOrders(service.port, 2000);
    await sleep(1000);
    const rest = [];
    for (let i = 0; i < 50; i++) rest.push((await scrape()).text);
    const killed = await shareSeen(service, scrape, counter, 'SIGKILL');
    const ended = await shareSeen(service, scrape, counter, 'SIGTERM');
    const decreases = rest.some((text) => text === '') ? 'no data' : falls(rest, counter);
    return `| ${title} | ${killed} | ${ended} | ${decreases} | ${await whileBlocked(service, scrape)} |`;
  } finally {
    await service.stop();
  }
}

/** What increase() gives for 1,000 orders, two workers being ended meanwhile, in percent of those that were answered. */
async function shareSeen(service, scrape, counter, signal) {
  const samples = [(await scrape()).text];
  let sending = true;
  const sample = async () => {
    while (sending) {
      await sleep(500);
      const { status, text } = await scrape();
      // A scrape that fails is a gap, as for Prometheus.
      if (status === 200) samples.push(text);
    }
  };
  const end = async () => {
    for (let i = 0; i < 2; i++) {
      await sleep(2500);
      const victims = service.pids();
      process.kill(victims[i % victims.length], signal);
    }
  };
  const sampling = sample();
  const [answered] = await Promise.all([sendSteadily(service.port, 1000, 8), end()]);
  await sleep(1500);
  sending = false;
  await sampling;
  samples.push((await scrape()).text);
  if (samples.every((text) => text === '')) return 'no data';
  return `${((increase(samples, counter) / answered) * 100).toFixed(1)} %`;
}

/** Eight scrapes while a worker blocks. Node's primary hands each connection to a worker, to the blocked one as well. */
async function whileBlocked(service, scrape) {
  await ask(service.port, '/block');
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => sleep(100 * i).then(scrape)));
  const soon = answers.filter(({ status, text, milliseconds }) => status === 200 && text !== '' && milliseconds < 1000);
  const failed = answers.filter(({ status }) => status !== 200);
  const empty = answers.filter(({ status, text }) => status === 200 && text === '');
  const slowest = Math.max(...soon.map(({ milliseconds }) => milliseconds));
  const words = [
    soon.length > 0 && `${soon.length} of 8 scrapes answered within ${Math.ceil(slowest)} ms`,
    failed.length > 0 && `${failed.length} of 8: HTTP ${failed[0].status} after ${seconds(failed[0])} s`,
    empty.length > 0 && `${empty.length} of 8: HTTP 200 with 0 bytes`,
  ];
  const late = answers.length - soon.length - failed.length - empty.length;
  return [...words, late > 0 && `${late} after the block`].filter(Boolean).join(', ');
}

function seconds({ milliseconds }) {
  return (milliseconds / 1000).toFixed(1);
}
