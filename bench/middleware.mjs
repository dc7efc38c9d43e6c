// CPU time that a metrics middleware adds to a request on Express 5, in one alternating run:
//   node bench/middleware.mjs [rounds]
// Each round starts every variant as a process of its own, warms it, and counts its CPU time over the same requests.
//   ours against express-prom-bundle     goal: at most 0.5
//   ours against the hand-written one    goal: at most 1.2
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { drive } from './drive.mjs';

const rounds = Number(process.argv[2] ?? 7);
const warmUp = 4000;
const requests = 12_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules/.cache/bench-middleware');
const peers = ['express-prom-bundle', 'express-prometheus-middleware', 'prometheus-api-metrics'];
const variants = ['bare', 'ours', 'hand-written', ...peers];

/** The service on a processor of its own, where that can be said: the client's work then does not cool its caches. */
const pinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : [];

prepare();
const samples = Object.fromEntries(variants.map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const name of variants) samples[name].push(await measure(name));
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const added = (name) => median(samples[name].map((value, round) => value - samples.bare[round]));

console.log('variant                         CPU/request   added   (µs, medians of', rounds, 'rounds)');
for (const name of variants) {
  console.log(
    `${name.padEnd(30)} ${median(samples[name]).toFixed(1).padStart(10)} ${added(name).toFixed(1).padStart(9)}`,
  );
}
ratio('express-prom-bundle', 0.5);
ratio('hand-written', 1.2);

function ratio(peer, goal) {
  const value = added('ours') / added(peer);
  console.log(`ours / ${peer}: ${value.toFixed(2)} (goal: at most ${goal}) ${value <= goal ? 'met' : 'MISSED'}`);
}

/** A folder with the peers installed and our generated code beside them, both as a user has them. */
function prepare() {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'bench/middleware/package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'bench/middleware/server.cjs'), join(folder, 'server.cjs'));
  if (!existsSync(join(folder, 'node_modules')))
    run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']);
  const app = join(folder, 'app');
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "name": "bench", "dependencies": { "express": "5" } }\n');
  writeFileSync(join(app, 'index.js'), "const express = require('express');\nconst app = express();\napp.listen(0);\n");
  run('node', [join(root, 'bin/add-prom-metrics.js'), 'add', app, '--yes', '--no-install', '--force']);
  rmSync(join(folder, 'metrics'), { recursive: true, force: true });
  cpSync(join(app, 'metrics'), join(folder, 'metrics'), { recursive: true });
}

function run(program, args) {
  const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
}

/** CPU microseconds per request of one variant. */
async function measure(name) {
  const [program, ...args] = [...pinned, process.execPath, 'server.cjs', name];
  const child = spawn(program, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => Number((await lines.next()).value);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const port = await next();
  const used = () => {
    child.stdin.write('\n');
    return next();
  };
  await drive(port, agent, warmUp);
  const before = await used();
  await drive(port, agent, requests);
  const after = await used();
  agent.destroy();
  child.stdin.end();
  await new Promise((resolve) => child.on('close', resolve));
  return (after - before) / requests;
}
