import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { runCliJson } from '../support/cli.js';
import { sumOf } from '../support/exposition.js';
import { loadFixtures } from '../support/fixture.js';
import { send } from '../support/http-client.js';
import { pythonEnvironment } from '../support/python-env.js';
import { type RunningApp, startApp } from '../support/running-app.js';
import { createTarget, gitStatus, removeTarget, snapshotTarget, type Target } from '../support/target.js';
import { scrape } from '../support/traffic.js';

/** What fixture.json says of how a Flask app is run. */
interface FlaskFixture {
  /** Program of the virtual environment, and arguments; it takes its port from PORT. */
  readonly run: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Words that gunicorn's output has. */
  readonly says?: readonly string[];
  /** The app's own tests. */
  readonly checks?: readonly (readonly [string, ...string[]])[];
}

const workers = 4;
const requests = 60;
const scrapes = 50;
const counters = { prometheus_flask_exporter: 'flask_http_request_total', prometheus_client: 'http_requests_total' };

// Each runs several processes, on as few as two cores.
vi.setConfig({ maxConcurrency: 2 });

describe.concurrent('a Flask app of each shape', () => {
  const shapes = loadFixtures('flask').flatMap((fixture) =>
    Object.entries(counters).map(([client, counter]) => ({ name: fixture.name, fixture, client, counter })),
  );

  it.each(shapes)(
    '$name with $client: counts what was sent, a second run changes nothing, remove gives the bytes back',
    async ({ fixture, client, counter }) => {
      const target = await createTarget(fixture);
      try {
        const before = withoutBytecode(await snapshotTarget(target));
        await ownTestsPass(target);
        const options = ['--yes', '--no-install', '--force', '--client', client];
        const { exitCode, report, stderr } = await runCliJson('add', target.dir, ...options);
        expect([exitCode, report.manual], stderr + JSON.stringify(report.error)).toEqual([0, []]);
        await countsWhatWasSent(target, counter);
        await ownTestsPass(target);
        const again = await runCliJson('add', target.dir, ...options);
        expect([again.exitCode, again.report.status]).toEqual([0, 'unchanged']);

        expect((await runCliJson('remove', target.dir, '--yes', '--no-install', '--force')).exitCode).toBe(0);
        // The app has run: Python's caches of the user's own modules are there, those of ours are gone with them.
        const status = (await gitStatus(target)).split('\n');
        expect(status.filter(isBytecode)).not.toEqual([]);
        expect(status.filter((line) => !isBytecode(line)).join('')).toBe('');
        expect(withoutBytecode(await snapshotTarget(target))).toEqual(before);
      } finally {
        await removeTarget(target);
      }
    },
  );
});

async function countsWhatWasSent(target: Target, counter: string): Promise<void> {
  const { says = [] } = fixtureOf(target);
  const folder = await mkdtemp(path.join(tmpdir(), 'flask-counts-'));
  const app = await start(target, folder);
  try {
    let sent = 0;
    // Until each of them has counted something: a worker's file is there from its first request on.
    while (sent < requests || ((await countFiles(folder)) < workers && sent < 20 * requests)) {
      const items = Array.from({ length: 10 }, (_, index) => `/items/${sent + index + 1}`);
      const answers = await Promise.all(items.map((item) => send(app, { method: 'GET', path: item })));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      sent += items.length;
    }
    expect(await countFiles(folder)).toBeGreaterThanOrEqual(workers);
    const totals = new Set<number>();
    for (let time = 0; time < scrapes; time += 1) totals.add(sumOf(await scrape(app), counter));
    expect([...totals]).toEqual([sent]);
    for (const words of says) expect(app.output()).toContain(words);
  } finally {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function countFiles(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true })).filter((name) => /counter_\d+\.db$/.test(name)).length;
}

/** With so many workers, whatever the fixture has; it compiles its modules, as it would in production. */
async function start(target: Target, folder: string): Promise<RunningApp> {
  const { run, cwd = '.' } = fixtureOf(target);
  const bin = await pythonEnvironment('new');
  const [program, ...args] = run;
  // The counts, and gunicorn's control socket, are kept out of the target.
  const env = { HOME: path.join(target.root, '.git'), TMPDIR: folder, PYTHONDONTWRITEBYTECODE: '' };
  const command = [path.join(bin, program), ...args, '--workers', String(workers)] as const;
  return startApp({ command, cwd: path.join(target.dir, cwd), env });
}

function withoutBytecode(snapshot: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(snapshot).filter(([name]) => !isBytecode(name)));
}

function isBytecode(name: string): boolean {
  return /(^|[/ "])__pycache__(\/|"?$)/.test(name);
}

async function ownTestsPass(target: Target): Promise<void> {
  const bin = await pythonEnvironment('new');
  for (const [program, ...args] of fixtureOf(target).checks ?? []) {
    const result = await execa(path.join(bin, program), args, { cwd: target.dir, reject: false, timeout: 60_000 });
    expect(result.exitCode, result.stderr).toBe(0);
  }
}

function fixtureOf({ fixture }: Target): FlaskFixture {
  return fixture as unknown as FlaskFixture;
}
