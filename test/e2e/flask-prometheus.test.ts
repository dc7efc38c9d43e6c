import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startServer } from '../monitoring/prometheus/support/server.js';
import { runCliJson } from '../support/cli.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { loadFixtures } from '../support/fixture.js';
import { send } from '../support/http-client.js';
import { pythonEnvironment } from '../support/python-env.js';
import { type RunningApp, startApp } from '../support/running-app.js';
import { createTarget, removeTarget } from '../support/target.js';

// What the tool is for, in Python: a real Prometheus, with the configuration and the rules that `add` has written, sees
// the truth of four workers, also when one of them dies.

const binary = await requireDebianPackage('prometheus', 'prometheus');

it.skipIf(binary === undefined)(
  'Prometheus sees a Flask app under its label, exactly, by what add wrote',
  async ({ onTestFinished }) => {
    const fixture = loadFixtures('flask').find(({ name }) => name === 'module-level');
    if (fixture === undefined) throw new Error('no fixture');
    const target = await createTarget(fixture);
    const folder = await mkdtemp(path.join(tmpdir(), 'flask-prometheus-'));
    onTestFinished(async () => {
      await removeTarget(target);
      await rm(folder, { recursive: true, force: true });
    });
    const added = await runCliJson('add', target.dir, '--yes', '--no-install', '--force', '--app-tag', 'corner-shop');
    expect(added.exitCode, added.stderr).toBe(0);
    const gunicorn = path.join(await pythonEnvironment('new'), 'gunicorn');
    const env = { HOME: folder, TMPDIR: folder };
    const app = await startApp({ command: [gunicorn, '-w', '4', 'app:app'], cwd: target.dir, env });
    onTestFinished(() => app.stop());

    const monitoring = path.join(target.dir, 'monitoring', 'prometheus');
    await hurry(path.join(monitoring, 'prometheus.yml'), app.port);
    const prometheus = await startServer(binary ?? '', monitoring, onTestFinished);
    // A series has to be there before an increase of it can be seen.
    await ask(app, '/items/1', 200, 1);
    await ask(app, '/boom', 500, 1);
    await prometheus.until('sum(flask_http_request_total{application="corner-shop"}) == 2');
    await ask(app, '/items/2', 200, 30);
    process.kill(workerOf(app), 'SIGKILL');
    await ask(app, '/items/3', 200, 30);
    await ask(app, '/boom', 500, 5);

    await prometheus.until('sum(flask_http_request_total{application="corner-shop"}) == 67');
    await prometheus.until('sum(flask_http_request_duration_seconds_count{application="corner-shop"}) == 67');
    expect(await prometheus.query('up{application="corner-shop"} == 1')).toHaveLength(1);
    expect(await prometheus.query('flask_http_request_exceptions_total{status="500"} == 6')).toHaveLength(1);
    // Nothing came without the label, and no counter fell.
    expect(await prometheus.query('{__name__=~".+", application!="corner-shop", __name__!~"ALERTS.*"}')).toEqual([]);
    const durations = ['sum', 'bucket'].map((part) => `flask_http_request_duration_seconds_${part}`);
    for (const name of ['flask_http_request_total', 'process_cpu_seconds_total', ...durations]) {
      expect(await prometheus.query(`resets(${name}[1m]) > 0`), name).toEqual([]);
      expect(await prometheus.query(`resets(${name}[1m]) == 0`), name).not.toEqual([]);
    }
    // The rules are made for these names.
    for (const rule of ['http_requests', 'http_requests_failed']) {
      await prometheus.until(`application:${rule}:rate5m{application="corner-shop"} > 0`);
    }
  },
);

/** Has Prometheus scrape the app, each second; the rest of the configuration is as it was written. */
async function hurry(file: string, port: number): Promise<void> {
  const text = await readFile(file, 'utf8');
  const hurried = text
    .replace('scrape_interval: 15s', 'scrape_interval: 1s')
    .replace('evaluation_interval: 15s', 'evaluation_interval: 1s')
    .replace('scrape_timeout: 10s', 'scrape_timeout: 1s')
    .replace('- localhost:8000', `- 127.0.0.1:${port}`);
  expect(hurried.split('\n').filter((line, index) => line !== text.split('\n')[index])).toHaveLength(4);
  await writeFile(file, hurried);
}

async function ask(app: RunningApp, target: string, status: number, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expect((await send(app, { method: 'GET', path: target })).status).toBe(status);
  }
}

function workerOf(app: RunningApp): number {
  return Number(/Booting worker with pid: (\d+)/.exec(app.output())?.[1]);
}
