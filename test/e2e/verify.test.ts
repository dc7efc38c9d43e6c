import { randomUUID } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftBehind } from '../checks/process/left.js';
import { makeFolder } from '../cli/support/folders.js';
import { type RunResult, run } from '../cli/support/run.js';
import { controlC, runInTerminal, type Step } from '../cli/support/terminal.js';
import { runCliJson } from '../support/cli.js';
import { loadFixtures } from '../support/fixture.js';
import { freePort } from '../support/free-port.js';
import { createTarget, removeTarget, type Target } from '../support/target.js';

// `verify --start` on real services: each ends in exactly the failures that are named here, in bounded time, and leaves
// no process behind.

const services = fileURLToPath(new URL('../../fixtures/checks/process-service', import.meta.url));
const everyPath = ['--target-path', '/items/{id}', '--slow-path', '/slow', '--error-path', '/error', '--kill-worker'];
/** What cannot be measured where nothing can be read. */
const unreadable = ['cardinality', 'exact', 'exposed', 'gauges', 'monotone', 'same-view', 'scrape-cost', 'self'];

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly measured: string;
    readonly hint: string;
  }[];
}

interface Outcome {
  readonly exitCode: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** "status: what was measured → hint" by id. */
  readonly says: Readonly<Record<string, string>>;
  readonly seconds: number;
}

let target: Target | undefined;
let token: string;
let url: string;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  token = randomUUID();
  url = `http://127.0.0.1:${await freePort()}/metrics`;
  // Logs go with the test. A Prometheus on the PATH would be used, for half a minute each; that has a test of its own.
  env = { TEST_RUN: token, TMPDIR: makeFolder(), PATH: programs(['node', 'sh', 'sleep', 'cat', 'redis-server']) };
});

afterEach(async () => {
  if (target !== undefined) await removeTarget(target);
  target = undefined;
  expect(await leftBehind(token)).toEqual([]);
});

/** A folder with these of the programs on the PATH. */
function programs(names: readonly string[]): string {
  const folder = makeFolder();
  const places = { node: process.execPath, 'redis-server': '/usr/bin/redis-server' };
  for (const [name, file] of Object.entries({ sh: '/bin/sh', sleep: '/bin/sleep', cat: '/bin/cat', ...places })) {
    if (names.includes(name)) symlinkSync(file, path.join(folder, name));
  }
  return folder;
}

async function targetOf(group: string, name: string): Promise<Target> {
  const fixture = loadFixtures(group).find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  target = await createTarget(fixture);
  return target;
}

async function verify(dir: string, command: string, ...flags: string[]): Promise<Outcome> {
  const begin = performance.now();
  const result = await run(['verify', dir, '--start', command, '--url', url, '--json', ...flags], { env });
  expect(result.stderr).toBe('');
  return { ...read(result), seconds: (performance.now() - begin) / 1000 };
}

function read({ stdout, exitCode }: RunResult): Omit<Outcome, 'seconds'> {
  const { checks } = JSON.parse(stdout) as Report;
  const having = (status: string) => checks.filter((check) => check.status === status).map(({ id }) => id);
  const says = checks.map(({ id, status, measured, hint }) => [id, `${status}: ${measured} → ${hint}`]);
  return {
    exitCode,
    failed: having('fail').sort(),
    skipped: having('skip').sort(),
    says: Object.fromEntries(says),
  };
}

describe('a right service passes', () => {
  test('what add makes, over four workers, with one of them killed', async () => {
    const { dir } = await targetOf('express', 'bin-www');
    expect((await runCliJson('add', dir, '--yes', '--no-install', '--force', '--workers', '4')).exitCode).toBe(0);
    const flags = ['--target-path', '/entries/{id}', '--kill-worker'];
    const outcome = await verify(dir, 'node metrics/cluster.js bin/www', ...flags);
    expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual([]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.says).toMatchObject({
      workers: expect.stringMatching(/^pass: 4 of 4/),
      'worker-death': expect.stringMatching(/^pass: no counter fell/),
      restart: expect.stringMatching(/^pass: /),
    });
    expect(outcome.seconds).toBeLessThan(90);
  });

  test('one that was instrumented by hand and listens late, started by a line for a shell', async () => {
    const { dir } = await targetOf('checks', 'process-instrumented');
    const outcome = await verify(dir, 'sleep 3 && node right.js | cat', ...everyPath);
    expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual([]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.skipped).toEqual(['config', 'gauges', 'rate', 'redis', 'secret', 'worker-death', 'workers']);
  });
});

describe('a wrong service fails exactly what is wrong with it', () => {
  test.each<[string, readonly string[], Readonly<Record<string, RegExp>>]>([
    [
      'per-worker.js',
      ['errors', 'exact', 'gauges', 'in-progress', 'monotone', 'same-view', 'worker-death'],
      { 'same-view': /[2-4] distinct totals in 50 scrapes/, 'worker-death': /Mend same-view first/ },
    ],
    ['aggregator.js', ['worker-death'], { 'worker-death': /requests around it counted as -?\d+, 100 after it as 100/ }],
    ['bundle.js', ['cardinality'], { cardinality: /path="\/items\// }],
    ['finish-only.js', ['in-progress'], { 'in-progress': /5 aborted requests: http_requests_in_progress \+5/ }],
    ['fragile.js', ['errors', 'exact', 'gauges', 'in-progress', 'monotone', 'same-view', 'worker-death'], {}],
    ['remembers.js', ['restart'], { restart: /2 app_info.*Values of the run before/ }],
  ])('%s', async (file, failed, says) => {
    const { dir } = await targetOf('checks', 'process-instrumented');
    const outcome = await verify(dir, `node ${file}`, ...everyPath);
    expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual(failed);
    expect(outcome.exitCode).toBe(1);
    for (const [id, text] of Object.entries(says)) expect(outcome.says[id]).toMatch(text);
    expect(outcome.seconds).toBeLessThan(90);
  });

  test('PM2 with AggregatorRegistry: 200 with nothing', async () => {
    const { dir } = await targetOf('checks', 'process-pm2');
    const outcome = await verify(dir, 'pm2 start ecosystem.config.js', '--kill-worker', '--workers', '4');
    expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual(
      [...unreadable, 'restart', 'worker-death'].sort(),
    );
    expect(outcome.says['exposed']).toMatch(
      /answers 200 with an empty body → .*AggregatorRegistry gives this under PM2/,
    );
    expect(outcome.says['workers']).toMatch(/^pass: [2-4] of 4/);
    expect(outcome.seconds).toBeLessThan(60);
  });
});

describe('a service that does not come up, or does not stay', () => {
  test.each<[string, RegExp, number]>([
    ['shout', /^fail: the service ended with exit code 3 before it listened on port \d+ → [\s\S]*no database/, 10],
    ['leaves', /^fail: the service ended with exit code 0 before/, 10],
    ['silent', /^fail: no connection within 30 s on port \d+/, 45],
    ['elsewhere', /^fail: no connection within 30 s on port \d+ → It listens on \d+: /, 45],
    ['falls', /^fail: GET \/metrics: (?:the connection was closed|nothing listens there)/, 60],
    ['grandchildren', /^fail: the exposition cannot be read: line 1/, 60],
  ])('%s', async (way, says, seconds) => {
    const outcome = await verify(services, `node service.js ${way} ${token}`);
    expect(outcome.says['exposed']).toMatch(says);
    expect(outcome.failed).toEqual(expect.arrayContaining(unreadable));
    expect(outcome.exitCode).toBe(1);
    expect(outcome.seconds).toBeLessThan(seconds);
  });

  test.each([
    ['no-such-program', /--start: no-such-program cannot be run \(ENOENT\)/],
    ["node 'service.js", /a quote has no end/],
  ])('%s: a wrong call', async (command, says) => {
    const { exitCode, stderr } = await run(['verify', services, '--start', command, '--url', url], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(says);
  });
});

describe('Ctrl-C', () => {
  test.each<[string, string, Step]>([
    ['while the counters are watched', `node service.js cluster`, { wait: 'Watching', send: controlC }],
    ['while it starts', `node service.js silent`, { wait: 'Starting', send: controlC }],
    ['while checks run', `node right.js`, { wait: 'exposed', send: controlC }],
    ['SIGTERM while checks run', `node aggregator.js`, { wait: 'exposed', signal: 'SIGTERM' }],
    ['a closed terminal', `node service.js daemon`, { wait: 'Watching', signal: 'SIGHUP' }],
  ])('%s: everything ends', async (_, command, step) => {
    const cwd = command.includes('service.js') ? services : (await targetOf('checks', 'process-instrumented')).dir;
    const begin = performance.now();
    const args = ['verify', '--start', `${command} ${token}`, '--url', url];
    const { exitCode } = await runInTerminal(args, [step], { cwd, env });
    expect(exitCode).toBe(130);
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(await leftBehind(token)).toEqual([]);
  });
});
