import { execFileSync, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './traffic.mjs';

const WORKERS = 4;

/** The service under node:cluster: its ports, the pids of its living workers, and how it is stopped. */
export async function startCluster(folder, way) {
  const child = fork('service.cjs', [way], { cwd: folder, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  const ended = new Promise((done) => child.once('exit', done));
  let [port, metricsPort, pids] = [0, 0, []];
  child.on('message', (message) => {
    port = message.port ?? port;
    metricsPort = message.metricsPort ?? metricsPort;
    if (message.metricsPort === undefined) pids = message.pids;
  });
  await until(() => port > 0 && pids.length === WORKERS, child);
  return {
    port,
    metricsPort: metricsPort || port,
    pids: () => pids,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

/** The same under PM2, whose daemon belongs to this run alone. */
export async function startPm2(folder, way) {
  const home = mkdtempSync(join(tmpdir(), 'bench-pm2-'));
  const port = await freePort();
  const pm2 = (...args) =>
    execFileSync(process.execPath, [join(folder, 'node_modules/pm2/bin/pm2'), ...args], {
      env: { ...process.env, PM2_HOME: home },
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 60_000,
    });
  const app = {
    name: way,
    cwd: folder,
    script: 'service.cjs',
    args: [way, String(port)],
    instances: WORKERS,
    exec_mode: 'cluster',
  };
  writeFileSync(join(home, 'ecosystem.config.json'), JSON.stringify({ apps: [app] }));
  const stop = async () => {
    pm2('kill');
    rmSync(home, { recursive: true, force: true });
  };
  try {
    pm2('start', join(home, 'ecosystem.config.json'));
    await until(async () => (await ask(port, '/orders/0')).status === 200);
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = () => pm2('pid', way).split('\n').map(Number).filter(Boolean);
  return { port, metricsPort: port, pids, stop };
}

async function until(condition, child) {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (child && child.exitCode !== null) throw new Error(`the service ended: ${child.stderr.read()}`);
    if (Date.now() > end) throw new Error('the service does not start');
    await sleep(20);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
