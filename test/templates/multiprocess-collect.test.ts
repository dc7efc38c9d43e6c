import { describe, expect, it } from 'vitest';
import { useStage } from './multiprocess/stage.js';
import { get, scrape, send, sleep, total, until } from './multiprocess/support.js';

const stage = useStage();

describe('metrics with a collect function', { timeout: 30_000 }, () => {
  it('are collected by the scrape, not once a second: windows stay whole', async () => {
    const app = await stage.start({ workers: 0, env: { TEST_DEFAULTS: '1' } });
    const first = total(await scrape(app.port), 'collections');
    await get(app.port, '/block?ms=1500');
    await sleep(5000);
    const series = await scrape(app.port);
    expect(total(series, 'collections')).toBe(first + 1);
    expect(total(series, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(1.4);
  });

  it('are still seen from the worker that is not asked, and other metrics follow within a second', async () => {
    const app = await stage.start({ workers: 2 });
    await send(app.port, '/a', 40);
    await until(async () => {
      const series = await scrape(app.port);
      return total(series, 'foreign_total') === 40 && total(series, 'busy') === 2;
    }, 3000);
    expect(total(await scrape(app.port), 'collections')).toBeGreaterThan(0);
  });

  it('do not blind the process when one never settles', async () => {
    const app = await stage.start({ workers: 2, env: { TEST_HANGING: '1' } });
    await until(async () => total(await scrape(app.port, 8000), 'busy') === 2, 20_000);
    await send(app.port, '/a', 40);
    await until(async () => total(await scrape(app.port), 'foreign_total') === 40);
    expect(app.warnings()).toContain('hanging is not up to date: its collect function does not settle');
  });
});
