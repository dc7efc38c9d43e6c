import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareSet } from '../support/node-modules.js';
import {
  appScript,
  buildTemplates,
  filesIn,
  get,
  makeBase,
  remove,
  scrape,
  send,
  total,
  until,
} from './multiprocess/support.js';

describe('PM2 in cluster mode', () => {
  // Below the ports that the system gives to outgoing connections.
  const port = 25_000 + (process.pid % 5000);
  let pm2: string;
  let build: string;
  let base: string;
  let home: string;
  let sent = 0;

  async function run(...parameters: string[]): Promise<void> {
    await promisify(execFile)(process.execPath, [pm2, ...parameters], {
      cwd: home,
      env: { ...process.env, PM2_HOME: home },
      timeout: 60_000,
    });
  }

  /** Waits for this many instances; then every one of them must show the same, true total. */
  async function expectExact(instances: number): Promise<void> {
    await until(async () => total(await scrape(port), 'busy') === instances, 15_000);
    const totals = new Set<number>();
    for (let i = 0; i < 12; i++) totals.add(total(await scrape(port), 'requests_total'));
    expect([...totals]).toEqual([sent]);
  }

  beforeAll(async () => {
    pm2 = join(await prepareSet('pm2'), 'node_modules/pm2/bin/pm2');
    build = buildTemplates();
    base = makeBase();
    home = mkdtempSync(join(tmpdir(), 'pm2-'));
    const app = {
      name: 'shop',
      script: appScript,
      args: [build],
      instances: 4,
      exec_mode: 'cluster',
      env: { PORT: String(port), PROMETHEUS_MULTIPROC_DIR: base },
    };
    writeFileSync(join(home, 'ecosystem.config.cjs'), `module.exports = ${JSON.stringify({ apps: [app] })};`);
    await run('start', 'ecosystem.config.cjs');
    await until(async () => (await get(port, '/pid')) !== undefined, 15_000);
  });
  afterAll(async () => {
    await run('kill');
    remove(build, base, home);
  });

  it('is exact over reload (also under load), restart, and scaling up and down', { timeout: 120_000 }, async () => {
    sent += await send(port, '/a', 500);
    await expectExact(4);
    const files = filesIn(base).length;
    await run('reload', 'shop');
    sent += await send(port, '/a', 100);
    await expectExact(4);

    let reloading = true;
    const reload = run('reload', 'shop').finally(() => {
      reloading = false;
    });
    let lost = 0;
    while (reloading) {
      const answered = await send(port, '/a', 20);
      sent += answered;
      lost += 20 - answered;
    }
    await reload;
    await until(async () => total(await scrape(port), 'busy') === 4, 15_000);
    const counted = total(await scrape(port), 'requests_total');
    expect(counted).toBeGreaterThanOrEqual(sent);
    expect(counted).toBeLessThanOrEqual(sent + lost);
    sent = counted;

    await run('restart', 'shop');
    await until(async () => (await get(port, '/pid')) !== undefined, 15_000);
    sent += await send(port, '/a', 100);
    await expectExact(4);
    await run('scale', 'shop', '6');
    sent += await send(port, '/a', 100);
    await expectExact(6);
    await run('scale', 'shop', '2');
    sent += await send(port, '/a', 100);
    await expectExact(2);
    // A reload runs old and new side by side: as many slots as processes ever ran at once.
    expect(filesIn(base).length).toBeLessThanOrEqual(2 * files);
  });
});
