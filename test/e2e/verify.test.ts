import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { leftBehind } from '../checks/process/left.js';
import { atMost } from '../checks/support/at-most.js';
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
  readonly namesLog: boolean;
  readonly skipped: readonly string[];
  /** "status: what was measured → hint" by id. */
  readonly says: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** What one test has for itself. */
interface Scene {
  /** In the environment of every process of it. */
  readonly token: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

const fewAtOnce = atMost(3);

/**
 * Runs it with a port and a folder for logs of its own; nothing of it is left behind.
 *
 * @param inTurn gives it its turn, unless it only waits
 */
function withScene<T>(
  work: (scene: Scene) => Promise<T>,
  inTurn: <R>(work: () => Promise<R>) => Promise<R> = fewAtOnce,
) {
  return inTurn(async () => {
    const token = randomUUID();
    const url = `http://127.0.0.1:${await freePort()}/metrics`;
    const root = mkdtempSync(path.join(tmpdir(), 'verify-'));
    try {
      const env = { TEST_RUN: token, TMPDIR: folderIn(root, 'tmp'), PATH: programs(folderIn(root, 'bin')) };
      const result = await work({ token, url, env });
      expect(await leftBehind(token)).toEqual([]);
      return result;
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

function folderIn(root: string, name: string): string {
  const folder = path.join(root, name);
  mkdirSync(folder);
  return folder;
}

/** The PATH: a Prometheus on it would be used, for half a minute each, and has a test of its own. */
function programs(folder: string): string {
  symlinkSync(process.execPath, path.join(folder, 'node'));
  for (const name of ['sh', 'sleep', 'cat']) symlinkSync(`/bin/${name}`, path.join(folder, name));
  symlinkSync(path.join(path.dirname(process.execPath), 'npm'), path.join(folder, 'npm'));
  return folder;
}

async function withTarget<T>(group: string, name: string, work: (target: Target) => Promise<T>): Promise<T> {
  const fixture = loadFixtures(group).find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  const target = await createTarget(fixture);
  try {
    return await work(target);
  } finally {
    await removeTarget(target);
  }
}

function verify(scene: Scene, dir: string, command: string, ...flags: string[]): Promise<Outcome> {
  return verifyHere(scene, ['verify', dir, '--start', command, '--url', scene.url, '--json', ...flags]);
}

/** The answers that place a service where the scene wants it, on another path than the usual one. */
function where({ url }: Scene): string[] {
  return ['--port', new URL(url).port, '--metrics-path', '/internal/metrics'];
}

async function verifyHere({ env }: Scene, args: readonly string[]): Promise<Outcome> {
  const begin = performance.now();
  const result = await run(args, { env });
  const outcome = { ...read(result), seconds: (performance.now() - begin) / 1000 };
  // A log is kept where the report names it.
  expect(result.stderr).toBe('');
  expect(readdirSync(env['TMPDIR'] ?? '')).toHaveLength(outcome.namesLog ? 1 : 0);
  return outcome;
}

/** Verifies one of the services that were instrumented by hand. */
function verifyInstrumented(command: string, ...flags: string[]): Promise<Outcome> {
  return withScene((scene) =>
    withTarget('checks', 'process-instrumented', ({ dir }) => verify(scene, dir, command, ...flags)),
  );
}

function read({ stdout, exitCode }: RunResult): Omit<Outcome, 'seconds'> {
  const { checks } = JSON.parse(stdout) as Report;
  const having = (status: string) => checks.filter((check) => check.status === status).map(({ id }) => id);
  const says = checks.map(({ id, status, measured, hint }) => [id, `${status}: ${measured} → ${hint}`]);
  return {
    exitCode,
    failed: having('fail').sort(),
    namesLog: checks.some(({ hint }) => hint.includes('All of it: ')),
    skipped: having('skip').sort(),
    says: Object.fromEntries(says),
  };
}

describe('a right service passes', () => {
  test.concurrent('what add makes, over four workers, with two of them killed', async ({ expect: is }) => {
    const outcome = await withScene((scene) =>
      withTarget('express', 'bin-www', async ({ dir }) => {
        addSlowRoute(path.join(dir, 'routes/index.js'));
        const added = await runCliJson(
          'add',
          dir,
          '--yes',
          '--no-install',
          '--force',
          '--workers',
          '4',
          ...where(scene),
        );
        is(added.exitCode).toBe(0);
        // Address, start command and number of workers are what the record and the repository say.
        const flags = ['--target-path', '/entries/{id}', '--slow-path', '/slow', '--kill-worker'];
        return verifyHere(scene, ['verify', dir, '--json', ...flags]);
      }),
    );
    is(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual([]);
    is(outcome.exitCode).toBe(0);
    is(outcome.skipped).toEqual(['config', 'errors', 'rate', 'redis', 'secret']);
    is(outcome.says).toMatchObject({
      workers: is.stringMatching(/^pass: 4 of 4 processes took part in 160 requests/),
      'worker-death': is.stringMatching(
        /^pass: no counter fell in [\d,]+ scrapes; [\d,]+ requests around it counted as [\d,]+, 100 after it as 100; 4 of 4/,
      ),
      'in-progress': is.stringMatching(/^pass: 5 aborted .*; a killed worker: http_requests_in_progress \+0 /),
      restart: is.stringMatching(
        /^pass: the counter was at [1-9]\d* before and is at 0 after it, 1 app_info; down for/,
      ),
    });
    is(outcome.seconds).toBeLessThan(90);
  });

  test.concurrent('one by hand, which listens late, started by a line for a shell', async ({ expect: is }) => {
    const outcome = await verifyInstrumented('sleep 3 && node right.js | cat', ...everyPath);
    is(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual([]);
    is(outcome.exitCode).toBe(0);
    is(outcome.skipped).toEqual(['config', 'gauges', 'rate', 'redis', 'secret', 'worker-death', 'workers']);
  });
});

function addSlowRoute(file: string): void {
  const route = "router.get('/slow', function(req, res) { setTimeout(function() { res.send('done'); }, 2000); });\n";
  writeFileSync(file, readFileSync(file, 'utf8').replace('module.exports', `${route}module.exports`));
}

describe('a wrong service fails exactly what is wrong with it', () => {
  test.concurrent.for<[string, readonly string[], Readonly<Record<string, RegExp>>]>([
    [
      'per-worker.js',
      ['errors', 'exact', 'gauges', 'in-progress', 'monotone', 'same-view', 'worker-death'],
      {
        'same-view': /[2-4] distinct totals in 50 scrapes/,
        workers: /^pass: 4 of 4/,
        'worker-death': /^fail: (?:[\d,]+ falls? of counters|no counter fell).*Mend same-view first/,
      },
    ],
    [
      'aggregator.js',
      ['worker-death'],
      {
        workers: /^pass: 4 of 4/,
        'worker-death':
          /^fail: (?:[\d,]+ falls? of counters, first http_request|no counter fell).* requests around it counted as -?[\d,]+, 100 after it as 100/,
      },
    ],
    ['bundle.js', ['cardinality'], { cardinality: /path="\/items\// }],
    ['finish-only.js', ['in-progress'], { 'in-progress': /5 aborted requests: http_requests_in_progress \+5/ }],
    [
      'fragile.js',
      ['errors', 'exact', 'gauges', 'in-progress', 'monotone', 'same-view', 'worker-death'],
      { workers: /^pass: 2 of 2/, 'worker-death': /^fail: after the death of one worker: GET \/.*: nothing listens/ },
    ],
    [
      'remembers.js',
      ['restart'],
      {
        restart:
          /^fail: the counter was at \d+ before and is at [1-9]\d* after it, 2 app_info.*Values of the run before/,
      },
    ],
  ])('%s', async ([file, failed, says], { expect: is }) => {
    const outcome = await verifyInstrumented(`node ${file}`, ...everyPath);
    is(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual(failed);
    is(outcome.exitCode).toBe(1);
    for (const [id, text] of Object.entries(says)) is(outcome.says[id]).toMatch(text);
    is(outcome.seconds).toBeLessThan(90);
  });

  test.concurrent('PM2 with AggregatorRegistry: 200 with nothing', async ({ expect: is }) => {
    const outcome = await withScene((scene) =>
      withTarget('checks', 'process-pm2', ({ dir }) =>
        verify(scene, dir, 'pm2 start ecosystem.config.js', '--kill-worker', '--workers', '4'),
      ),
    );
    is(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual(
      [...unreadable, 'restart', 'worker-death'].sort(),
    );
    is(outcome.says['exposed']).toMatch(/answers 200 with an empty body → .*AggregatorRegistry gives this under PM2/);
    is(outcome.says['workers']).toMatch(/^pass: [2-4] of 4/);
    is(outcome.seconds).toBeLessThan(60);
  });
});

describe('a service that does not come up, or does not stay', () => {
  test.concurrent.for<[string, RegExp, number]>([
    ['shout', /^fail: the service ended with exit code 3 before it listened on port \d+ → [\s\S]*no database/, 10],
    ['leaves', /^fail: the service ended with exit code 0 before/, 10],
    ['silent', /^fail: no connection within 30 s on port \d+/, 45],
    ['elsewhere', /^fail: no connection within 30 s on port \d+ → It listens on \d+: /, 45],
    ['falls', /^fail: GET \/metrics: (?:the connection was closed|nothing listens there)/, 60],
    ['grandchildren', /^fail: the exposition cannot be read: line 1/, 60],
  ])('%s', async ([way, says, seconds], { expect: is }) => {
    // Two of them wait for half a minute, and do nothing meanwhile.
    const inTurn = ['silent', 'elsewhere'].includes(way) ? <R>(work: () => Promise<R>) => work() : fewAtOnce;
    const outcome = await withScene(
      (scene) => verify(scene, services, `node service.js ${way} ${scene.token}`),
      inTurn,
    );
    is(outcome.says['exposed']).toMatch(says);
    is(outcome.failed).toEqual(is.arrayContaining(unreadable));
    is(outcome.exitCode).toBe(1);
    is(outcome.seconds).toBeLessThan(seconds);
  });

  test.concurrent.for([
    ['no-such-program', /--start: no-such-program cannot be run \(ENOENT\)/],
    ["node 'service.js", /a quote has no end/],
  ] as const)('%s: a wrong call', async ([command, says], { expect: is }) => {
    await withScene(async ({ url, env }) => {
      const { exitCode, stderr } = await run(['verify', services, '--start', command, '--url', url], { env });
      is(exitCode).toBe(2);
      is(stderr).toMatch(says);
      is(readdirSync(env['TMPDIR'] ?? '')).toEqual([]);
    });
  });
});

describe('Ctrl-C', () => {
  test.concurrent.for<[string, string, Step]>([
    ['while the counters are watched', `node service.js cluster`, { wait: 'Watching', send: controlC }],
    ['while it starts', `node service.js silent`, { wait: 'Starting', send: controlC }],
    ['while checks run', `node right.js`, { wait: 'exposed', send: controlC }],
    ['SIGTERM while checks run', `node aggregator.js`, { wait: 'exposed', signal: 'SIGTERM' }],
    ['a closed terminal', `node service.js daemon`, { wait: 'Watching', signal: 'SIGHUP' }],
  ])('%s: everything ends', async ([, command, step], { expect: is }) => {
    const interrupt = async ({ token, url, env }: Scene, cwd: string): Promise<void> => {
      const begin = performance.now();
      const args = ['verify', '--start', `${command} ${token}`, '--url', url];
      const { exitCode } = await runInTerminal(args, [step], { cwd, env });
      is(exitCode).toBe(130);
      is(performance.now() - begin).toBeLessThan(60_000);
      is(await leftBehind(token)).toEqual([]);
      is(readdirSync(env['TMPDIR'] ?? '')).toEqual([]);
    };
    await withScene((scene) =>
      command.includes('service.js')
        ? interrupt(scene, services)
        : withTarget('checks', 'process-instrumented', ({ dir }) => interrupt(scene, dir)),
    );
  });
});
