// The main job on a sample app, from install to scrapes that equal the traffic sent, over four workers and the death of
// one: npm run demo
// It works on a copy of a fixture in a temporary folder, which it removes at the end (KEEP=1 leaves it there).
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installOnce, root, run } from './run.mjs';

const requests = [
  { path: '/', times: 3 },
  { path: '/entries', times: 50 },
  { path: '/entries/0', times: 40 },
  { path: '/entries/7', times: 4 },
  { path: '/no/such/page', times: 3 },
];

await installOnce();
if (!existsSync(join(root, 'dist/cli.js'))) await run('node', ['scripts/build.mjs']);
const app = join(mkdtempSync(join(tmpdir(), 'add-prom-metrics-demo-')), 'guestbook');
let service;
try {
  await prepare();
  heading('The diff: add-prom-metrics add --yes --workers 4 --dry-run');
  await cli(['add', app, '--yes', '--workers', '4', '--dry-run']);
  heading('The real run: add-prom-metrics add --yes --workers 4');
  await cli(['add', app, '--yes', '--workers', '4']);
  await commit('Add Prometheus metrics');
  heading('A second run changes nothing');
  await cli(['add', app, '--yes', '--check']);
  heading('The service with 4 workers, as npm start runs it');
  const port = await serve();
  await compare(port, 1);
  heading('One worker is killed (SIGKILL), and the same traffic sent again');
  await killOneWorker();
  await compare(port, 2);
  await stop();
  const start = 'node metrics/cluster.js bin/www';
  heading(`The checklist: add-prom-metrics verify --start "${start}" --kill-worker`);
  const url = `http://127.0.0.1:${await freePort()}/metrics`;
  await cli(['verify', app, '--start', start, '--url', url, '--target-path', '/entries/{id}', '--kill-worker']);
  heading('Taken back: add-prom-metrics remove --yes');
  await cli(['remove', app, '--yes']);
  await git(['diff', '--stat', 'HEAD~1']);
  console.log('\nNothing differs from the app as it was. The demo is over.');
} finally {
  await stop();
  if (process.env.KEEP) console.log(`The sample app is in ${app}.`);
  else rmSync(join(app, '..'), { recursive: true, force: true });
}

async function prepare() {
  heading('A sample app: a copy of fixtures/express/bin-www (express-generator with a guestbook)');
  cpSync(join(root, 'fixtures/express/bin-www'), app, { recursive: true });
  rmSync(join(app, 'fixture.json'));
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: app });
  await git(['init', '--quiet']);
  spawnSync('sh', ['-c', 'printf "node_modules/\\n" > .gitignore'], { cwd: app });
  await commit('The app as it was');
}

function cli(args) {
  return run('node', [join(root, 'bin/add-prom-metrics.js'), ...args]);
}

function git(args) {
  return run('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@localhost', ...args], { cwd: app });
}

async function commit(message) {
  await git(['add', '--all']);
  await git(['commit', '--quiet', '--message', message]);
}

/** Starts the service on a free port and waits until it answers; gives the port. */
async function serve() {
  const port = await freePort();
  service = spawn('node', ['metrics/cluster.js', 'bin/www'], {
    cwd: app,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PORT: String(port) },
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answered = await fetchText(port, '/metrics').catch(() => undefined);
    if (answered !== undefined) return port;
    await pause(100);
  }
  throw new Error('the sample app did not start within 10 s');
}

async function stop() {
  if (service === undefined || service.exitCode !== null) return;
  const ended = new Promise((resolve) => service.once('close', resolve));
  service.kill('SIGTERM');
  await ended;
  service = undefined;
}

/** Sends the traffic, scrapes twenty times, and compares; throws when a total is not what was sent in all rounds. */
async function compare(port, rounds) {
  for (const { path, times } of requests) {
    for (let index = 0; index < times; index += 1) await fetchText(port, path);
  }
  // The client has its answer a moment before the service sees the connection's end, and counts.
  await pause(500);
  const totals = new Set();
  let text = '';
  for (let scrape = 0; scrape < 20; scrape += 1) {
    text = await fetchText(port, '/metrics');
    totals.add(sum(text, /^http_requests_total\{.*\} (\d+)$/gm));
  }
  console.log(
    text
      .split('\n')
      .filter((line) => /^http_requests_total\{.* [1-9]\d*$/.test(line))
      .join('\n'),
  );
  const sent = rounds * requests.reduce((total, { times }) => total + times, 0);
  console.log(`\nsent ${sent} requests; in 20 scrapes http_requests_total says ${[...totals].join(', ')}`);
  if (totals.size !== 1 || !totals.has(sent)) throw new Error('the counts differ from what was sent');
}

/**
 * Kills one of the service's own child processes, and waits until the primary has noticed: node:cluster strands a connection
 * that it hands to a process which is dead already.
 */
async function killOneWorker() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const processes = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const [pid] = processes.find(([, parent]) => parent === service.pid) ?? [];
  if (pid === undefined) throw new Error('no worker was found (is ps installed?)');
  process.kill(pid, 'SIGKILL');
  console.log(`killed worker ${pid}`);
  await pause(1000);
}

function sum(text, pattern) {
  return [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
}

/** A GET over a connection of its own. */
function fetchText(port, path) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error(`${path} did not answer`)));
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function heading(text) {
  console.log(`\n== ${text}\n`);
}
