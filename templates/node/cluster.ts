/**
 * Runs a program in several processes that share its ports, and keeps them running:
 *
 *     node metrics/cluster.js server.js --its --arguments
 *
 * WEB_CONCURRENCY is the number of worker processes; without it, the number in settings. One worker, too, has a primary.
 * A worker that ends is replaced: at once when it had listened for a second, else after 0.1 s, doubled up to 10 s while
 * starts go on failing. After five failed starts for each worker in a row, with no worker well, the primary gives up:
 * what supervises it shall know.
 *
 * SIGTERM, SIGINT and SIGHUP go on to the workers. The primary waits for them, for CLUSTER_STOP_SECONDS (30) at most; a
 * second signal ends them at once. When the primary is killed, the workers end by themselves: node:cluster sees to that.
 */

import type { Cluster, Worker } from 'cluster';
import { createRequire } from 'module';
import { isatty } from 'tty';
import { settings } from './settings.js';

/** A worker that has listened this long has started well. */
const WELL_MS = 1000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10000;
/** For each worker. */
const MOST_FAILURES = 5;

// Not a static import: in ES modules and without esModuleInterop it has no form that is right in both.
const cluster = createRequire(process.execPath)('cluster') as Cluster;
const program = process.argv[2];
const metricsPort = Number(process.env['METRICS_PORT'] || settings.metricsPort);

if (program === undefined) {
  say('usage: node cluster.js <program> [arguments]');
  process.exit(2);
}
cluster.setupPrimary({ exec: program, args: process.argv.slice(3) });
supervise(numberFrom('WEB_CONCURRENCY', settings.workers || 1), numberFrom('CLUSTER_STOP_SECONDS', 30) * 1000);

function supervise(count: number, stopMs: number): void {
  const alive = new Set<Worker>();
  const listening = new Set<Worker>();
  /** Those that have listened for WELL_MS. */
  const well = new Set<Worker>();
  /** Failed starts since the last that went well. */
  let failures = 0;
  let announced = false;
  let stopping = false;
  let status = 0;

  function start(): void {
    if (stopping) return;
    const worker = cluster.fork();
    alive.add(worker);
    worker.on('listening', ({ port }) => {
      // The metrics' own port is open before the service's.
      if (port === metricsPort || listening.has(worker)) return;
      listening.add(worker);
      if (listening.size === count) announce();
      setTimeout(() => {
        if (!alive.has(worker)) return;
        well.add(worker);
        failures = 0;
      }, WELL_MS).unref();
    });
    // What was on its way to a worker that was killed; without a listener it would end the primary. 'exit' follows.
    worker.on('error', () => undefined);
    worker.once('exit', (code, signal) => ended(worker, code, signal));
  }

  function announce(): void {
    if (announced) return;
    announced = true;
    process.stdout.write(`${count === 1 ? '1 worker listens' : `${count} workers listen`}\n`);
    if (process.send) process.send('ready');
  }

  function ended(worker: Worker, code: number | null, signal: string | null): void {
    alive.delete(worker);
    listening.delete(worker);
    const wasWell = well.delete(worker);
    if (stopping) {
      status = status || code || 0;
      if (alive.size === 0) process.exit(status);
      return;
    }
    const how = `worker ${worker.process.pid || ''} ended with ${signal || `code ${code}`}`;
    if (wasWell) {
      say(`${how} and is replaced`);
      start();
      return;
    }
    failures += 1;
    if (failures >= MOST_FAILURES * count && well.size === 0) {
      say(`${how}: the ${failures}th failed start in a row, giving up`);
      status = code || 1;
      stop('SIGTERM');
      return;
    }
    const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.floor((failures - 1) / count), LONGEST_DELAY_MS);
    say(`${how} before it had listened for a second; the next start is in ${delay / 1000} s`);
    setTimeout(start, delay);
  }

  function stop(signal: NodeJS.Signals, sent = false): void {
    if (stopping) {
      kill();
      return;
    }
    stopping = true;
    if (alive.size === 0) process.exit(status);
    if (!sent) for (const worker of alive) worker.process.kill(signal);
    setTimeout(kill, stopMs);
  }

  function kill(): void {
    status = status || 1;
    for (const worker of alive) worker.process.kill('SIGKILL');
  }

  // A terminal sends these to all processes that run in it: a second one would make the workers hurry.
  const isTerminal = isatty(0) || isatty(1);
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT', isTerminal));
  process.on('SIGHUP', () => stop('SIGHUP', isTerminal));
  for (let i = 0; i < count; i++) start();
}

/** A whole number of 1 or more from the environment. */
function numberFrom(variable: string, fallback: number): number {
  const text = process.env[variable];
  if (!text) return fallback;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  say(`${variable} is not a whole number from 1 on: ${fallback} is used`);
  return fallback;
}

function say(text: string): void {
  process.stderr.write(`cluster: ${text}\n`);
}
