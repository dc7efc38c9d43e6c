// How long a full verify of a healthy service with four workers takes: node bench/verify.mjs [runs]
//   seconds beyond the waiting that the checks prescribe, median of the runs   goal: at most 15, on an idle machine
// The service is what `add` makes of a small app with a slow path and one that fails. A worker is killed twice, and all of
// it is started again; where Prometheus is installed, it takes part, and its window is waiting, too.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const runs = Number(process.argv[2] ?? 3);
const goal = 15;
const slowSeconds = 1.5;
const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'bin/add-prom-metrics.js');

/** What the checks wait for, in seconds, whatever the service is like: the constants of src/checks. */
const waiting = {
  'counters watched': 3,
  'monotone: load': 3,
  'workers: at rest': 1,
  'worker-death: before, after, settling': 1 + 2.5 + 0.5,
  'in-progress: aborts, answers of the slow path beside a killed worker': 0.4 + slowSeconds,
  'cardinality, self: settling': 0.3 + 2 * 0.3,
  'exact, same-view, errors, in-progress, self: at rest': 5 * 0.1,
};
const waitingForPrometheus = { 'rate: scrapes, window of load, last scrape': 1 + (10 + 3 + 1) + 1 };

const folder = mkdtempSync(join(tmpdir(), 'bench-verify-'));
try {
  const app = makeApp();
  const outcomes = [];
  for (let run = 0; run < runs; run += 1) outcomes.push(await verify(app));
  report(outcomes);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function makeApp() {
  const app = join(folder, 'app');
  mkdirSync(app);
  symlinkSync(join(root, 'node_modules'), join(app, 'node_modules'));
  const dependencies = { express: '^5.0.0', 'prom-client': '^15.1.3' };
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'shop', main: 'index.js', dependencies }));
  writeFileSync(
    join(app, 'index.js'),
    `const express = require('express');
const app = express();
app.get('/', (req, res) => res.send('hello'));
app.get('/items/:id', (req, res) => res.json({ id: req.params.id }));
app.get('/slow', (req, res) => setTimeout(() => res.send('at last'), ${slowSeconds * 1000}));
app.get('/error', () => { throw new Error('no database'); });
app.listen(process.env.PORT);
`,
  );
  const added = spawnSync(process.execPath, [cli, 'add', app, '--yes', '--no-install', '--workers', '4'], {
    encoding: 'utf8',
  });
  if (added.status !== 0) throw new Error(`add ended with ${added.status}: ${added.stdout}${added.stderr}`);
  return app;
}

async function verify(app) {
  const flags = ['--target-path', '/items/{id}', '--slow-path', '/slow', '--error-path', '/error', '--kill-worker'];
  const start = [
    '--url',
    `http://127.0.0.1:${await freePort()}/metrics`,
    '--start',
    'node metrics/cluster.js index.js',
  ];
  const begin = performance.now();
  const child = spawn(process.execPath, [cli, 'verify', app, ...start, ...flags, '--json'], {
    env: { ...process.env, TMPDIR: folder, NODE_ENV: 'production' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`the service is not healthy (exit ${code}):\n${stdout}${stderr}`);
  const { passed, skipped, checks } = JSON.parse(stdout);
  return { seconds, passed, skipped, withRate: checks.some(({ id, status }) => id === 'rate' && status === 'pass') };
}

function report(outcomes) {
  const { passed, skipped, withRate } = outcomes[0];
  const waits = withRate ? { ...waiting, ...waitingForPrometheus } : waiting;
  const wait = Object.values(waits).reduce((sum, seconds) => sum + seconds, 0);
  const total = median(outcomes.map(({ seconds }) => seconds));
  console.log(
    `verify of four workers, ${passed} checks passed, ${skipped} skipped; load average ${loadavg()[0].toFixed(1)}`,
  );
  for (const [what, seconds] of Object.entries(waits))
    console.log(`  ${what.padEnd(72)} ${seconds.toFixed(1).padStart(5)} s`);
  console.log(`  ${'prescribed waiting'.padEnd(72)} ${wait.toFixed(1).padStart(5)} s`);
  console.log(`  ${`whole run, median of ${outcomes.length}`.padEnd(72)} ${total.toFixed(1).padStart(5)} s`);
  const beyond = total - wait;
  if (beyond > goal) process.exitCode = 1;
  console.log(
    `beyond the waiting: ${beyond.toFixed(1)} s (goal: at most ${goal} s) ${beyond <= goal ? 'met' : 'MISSED'}`,
  );
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
