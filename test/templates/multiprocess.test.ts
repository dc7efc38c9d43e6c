import { describe, expect, it } from 'vitest';
import { useStage } from './multiprocess/stage.js';
import { type App, filesIn, get, scrape, send, total, until } from './multiprocess/support.js';

const stage = useStage();

async function requests(app: App): Promise<number> {
  return total(await scrape(app.port), 'requests_total');
}

/** Kills one worker and waits for the one that takes its place. */
async function replaceWorker(app: App, signal: NodeJS.Signals): Promise<void> {
  const [victim] = app.pids();
  if (victim === undefined) throw new Error('no worker');
  process.kill(victim, signal);
  await until(() => app.pids().length === 4 && !app.pids().includes(victim));
}

describe('a cluster of four', () => {
  it('shows one total, whoever answers, and keeps it when workers are killed or recycled', async () => {
    const app = await stage.start();
    expect(await send(app.port, '/a', 2000)).toBe(2000);
    const pids = new Set<string | undefined>();
    const totals = new Set<number>();
    for (let i = 0; i < 8; i++) pids.add(await get(app.port, '/pid'));
    for (let i = 0; i < 50; i++) totals.add(await requests(app));
    expect(pids.size).toBe(4);
    expect([...totals]).toEqual([2000]);

    const files = filesIn(stage.base).length;
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await replaceWorker(app, signal);
      expect(await requests(app)).toBe(2000);
    }
    expect(await send(app.port, '/a', 100)).toBe(100);
    const series = await scrape(app.port);
    expect(total(series, 'requests_total')).toBe(2100);
    expect(total(series, 'duration_seconds_count')).toBe(2100);
    expect(total(series, 'duration_seconds_bucket', 'le="0.5"')).toBe(2100);
    expect(total(series, 'duration_seconds_bucket', 'le="0.1"')).toBe(0);
    expect(total(series, 'duration_seconds_sum')).toBeCloseTo(0.3 * 2100);
    expect(filesIn(stage.base).length).toBe(files);
  });

  it('is up at once, with the metrics that have no series yet', async () => {
    const app = await stage.start();
    const text = await get(app.port, '/metrics');
    expect(text).toContain('\nprom_multiprocess_up{application="test-app"} 1\n');
    expect(text).toContain('# TYPE requests_total counter\n');
    expect(text).toContain('\nforeign_total{application="test-app"} 0\n');
    expect(text).toContain('\nsize_bytes_count{application="test-app"} 0\n');
  });

  it('answers in milliseconds while a worker is blocked', async () => {
    const app = await stage.start();
    await send(app.port, '/a', 100);
    const blocked = await get(app.port, '/block?ms=2500');
    const until = Date.now() + 2000;
    const times: number[] = [];
    while (Date.now() < until) {
      const begin = performance.now();
      // The primary also hands connections to the blocked worker: those are given up.
      const text = await get(app.port, '/metrics', 100);
      if (text !== undefined) times.push(performance.now() - begin);
      if (text !== undefined)
        expect(text).toContain('requests_total{application="test-app",method="GET",route="/a"} 100');
    }
    expect(blocked).toBeDefined();
    expect(times.length).toBeGreaterThan(10);
    expect(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(50);
  });

  it('starts from zero after a restart of the whole, and clears the earlier run away', async () => {
    const first = await stage.start();
    await send(first.port, '/a', 50);
    const old = filesIn(stage.base);
    await first.stop();
    const second = await stage.start();
    await send(second.port, '/a', 7);
    expect(await requests(second)).toBe(7);
    expect(filesIn(stage.base).filter((file) => old.includes(file))).toEqual([]);
  });

  it('puts gauges together over the living only, and tells those of a process apart', async () => {
    const app = await stage.start({ env: { TEST_DEFAULTS: '1' } });
    await replaceWorker(app, 'SIGKILL');
    // The scrape that shows all four: the next one may go to a worker that has not heard of the new one yet.
    let series = await scrape(app.port);
    await until(async () => {
      series = await scrape(app.port);
      return total(series, 'busy') === 4;
    });
    expect(total(series, 'highest')).toBe(Math.max(...app.pids()));
    for (const name of [
      'process_start_time_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
    ]) {
      const workers = [...series.keys()].filter((text) => text.startsWith(`${name}{`)).sort();
      expect(workers).toEqual([0, 1, 2, 3].map((slot) => `${name}{application="test-app",worker="${slot}"}`));
    }
    expect(series.has('process_cpu_seconds_total{application="test-app"}')).toBe(true);
    expect([...series.keys()].filter((text) => text.includes('quantile='))).toEqual([]);
  });

  it('loses at most the last second of metrics that it was not told of', async () => {
    const app = await stage.start();
    await send(app.port, '/a', 400);
    await until(async () => total(await scrape(app.port), 'foreign_total') === 400, 2500);
    await replaceWorker(app, 'SIGKILL');
    await send(app.port, '/a', 40);
    await replaceWorker(app, 'SIGTERM');
    // The one that ended by itself took its last counts along.
    await until(async () => total(await scrape(app.port), 'foreign_total') === 440, 2500);
  });

  it('keeps two applications on one stage.base apart', async () => {
    const one = await stage.start();
    const other = await stage.start({ env: { TEST_APPLICATION: 'other-app' } });
    await send(one.port, '/a', 30);
    await send(other.port, '/a', 3);
    expect([await requests(one), await requests(other)]).toEqual([30, 3]);
  });

  it('keeps two runs of one application apart, and lets both live', async () => {
    const one = await stage.start();
    await send(one.port, '/a', 30);
    const other = await stage.start();
    await send(other.port, '/a', 3);
    expect([await requests(one), await requests(other)]).toEqual([30, 3]);
  });
});

describe('32 processes that claim at the same moment', () => {
  it('gives each a slot of its own, also when all slots are those of dead ones', { timeout: 120_000 }, async () => {
    const app = await stage.start({ workers: 32 });
    await until(async () => total(await scrape(app.port), 'busy') === 32, 30_000);
    await send(app.port, '/a', 320);
    const dead = app.pids();
    for (const pid of dead) process.kill(pid, 'SIGKILL');
    await until(() => app.pids().length === 32 && !app.pids().some((pid) => dead.includes(pid)), 30_000);
    await until(async () => total(await scrape(app.port), 'busy') === 32, 30_000);
    expect(await requests(app)).toBe(320);
    const owners = filesIn(stage.base).filter((file) => file.includes('.owner.'));
    expect(owners.length).toBe(32);
    expect(new Set(owners.map((file) => file.replace(/\.owner.*/, ''))).size).toBe(32);
  });
});

describe('a process of its own', () => {
  it('serves its plain registry, and leaves no files', async () => {
    const app = await stage.start({ workers: 0, env: { PROMETHEUS_MULTIPROC_DIR: '' } });
    await send(app.port, '/a', 5);
    const series = await scrape(app.port);
    expect(total(series, 'requests_total')).toBe(5);
    expect(total(series, 'prom_multiprocess_up')).toBe(0);
  });

  it('shares when the variable says so', async () => {
    const app = await stage.start({ workers: 0 });
    await send(app.port, '/a', 5);
    const series = await scrape(app.port);
    expect([total(series, 'requests_total'), total(series, 'prom_multiprocess_up')]).toEqual([5, 1]);
    expect(filesIn(stage.base).length).toBe(4);
  });
});
