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

const requests = 40;
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
        const before = await snapshotTarget(target);
        await ownTestsPass(target);
        const options = ['--yes', '--no-install', '--force', '--client', client];
        const { exitCode, report, stderr } = await runCliJson('add', target.dir, ...options);
        expect([exitCode, report.manual], stderr + JSON.stringify(report.error)).toEqual([0, []]);
        await countsWhatWasSent(target, counter);
        await ownTestsPass(target);
        const again = await runCliJson('add', target.dir, ...options);
        expect([again.exitCode, again.report.status]).toEqual([0, 'unchanged']);

        expect((await runCliJson('remove', target.dir, '--yes', '--no-install', '--force')).exitCode).toBe(0);
        expect(await gitStatus(target)).toBe('');
        expect(await snapshotTarget(target)).toEqual(before);
      } finally {
        await removeTarget(target);
      }
    },
  );
});

async function countsWhatWasSent(target: Target, counter: string): Promise<void> {
  const { says = [] } = fixtureOf(target);
  const app = await start(target);
  try {
    for (let item = 1; item <= requests; item += 1) {
      expect((await send(app, { method: 'GET', path: `/items/${item}` })).status).toBe(200);
    }
    for (let time = 0; time < 10; time += 1) expect(sumOf(await scrape(app), counter)).toBe(requests);
    for (const words of says) expect(app.output()).toContain(words);
  } finally {
    await app.stop();
  }
}

async function start(target: Target): Promise<RunningApp> {
  const { run, cwd = '.' } = fixtureOf(target);
  const bin = await pythonEnvironment('new');
  const [program, ...args] = run;
  // What Python compiles, and gunicorn's control socket, are kept out of the target.
  const env = { HOME: path.join(target.root, '.git'), TMPDIR: path.dirname(target.root), PYTHONDONTWRITEBYTECODE: '1' };
  return startApp({ command: [path.join(bin, program), ...args], cwd: path.join(target.dir, cwd), env });
}

async function ownTestsPass(target: Target): Promise<void> {
  const bin = await pythonEnvironment('new');
  for (const [program, ...args] of fixtureOf(target).checks ?? []) {
    const env = { PYTHONDONTWRITEBYTECODE: '1' };
    const result = await execa(path.join(bin, program), args, { cwd: target.dir, env, reject: false, timeout: 60_000 });
    expect(result.exitCode, result.stderr).toBe(0);
  }
}

function fixtureOf({ fixture }: Target): FlaskFixture {
  return fixture as unknown as FlaskFixture;
}
