import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { requireDebianPackage } from '../support/debian-package.js';
import { send } from '../support/http-client.js';
import { startApp } from '../support/running-app.js';
import { refused, taken } from './support/exposition-cases.js';

const prometheus = await requireDebianPackage('prometheus', 'prometheus');

/** Debian's 2.42 does not know names in quotes; 3.x does. */
const since3 = new Set(['a quoted name']);

test.skipIf(prometheus === undefined)('a real Prometheus takes and refuses the same', async () => {
  const cases = [...taken, ...refused].filter(([about]) => !since3.has(about));
  const server = http.createServer((req, res) => {
    res.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    res.end(cases[Number(req.url?.slice(1))]?.[1]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const target = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'prometheus-'));
  const jobs = cases.map((_, index) => ({
    job_name: `case-${index}`,
    metrics_path: `/${index}`,
    static_configs: [{ targets: [target] }],
  }));
  writeFileSync(
    path.join(folder, 'prometheus.yml'),
    JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: jobs }),
  );
  const command = `exec '${prometheus}' --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$PORT"`;
  const app = await startApp({ command: ['sh', '-c', command], cwd: folder });
  try {
    const health = new Map<string, string>();
    for (const end = Date.now() + 30_000; health.size < cases.length && Date.now() < end; await sleep(500)) {
      const { body } = await send(app, { method: 'GET', path: '/api/v1/targets?state=active' });
      for (const { health: state, labels } of targetsIn(body)) if (state !== 'unknown') health.set(labels.job, state);
    }
    const found = cases.map(([about], index) => [about, health.get(`case-${index}`)]);
    const expected = cases.map(([about], index) => [about, index < cases.length - refused.length ? 'up' : 'down']);
    expect(found).toEqual(expected);
  } finally {
    await app.stop();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function targetsIn(body: string): readonly { readonly health: string; readonly labels: { readonly job: string } }[] {
  try {
    return JSON.parse(body).data.activeTargets;
  } catch {
    return []; // not ready yet
  }
}
