import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { untilPasses } from '../support/until-passes.js';
import {
  type App,
  buildTemplates,
  filesIn,
  get,
  makeBase,
  parse,
  remove,
  scrape,
  send,
  sleep,
  startApp,
  total,
  until,
} from './multiprocess/support.js';

// The long ones: workers that die under load, and hundreds of recycles.

let build: string;
let base: string;
let app: App;

beforeAll(() => {
  build = buildTemplates();
});
afterAll(() => remove(build));
beforeEach(async () => {
  base = makeBase();
  app = await startApp({ build, env: { PROMETHEUS_MULTIPROC_DIR: base } });
});
afterEach(async () => {
  await app.stop('SIGKILL');
  remove(base);
});

interface Traffic {
  sent: number;
  answered: number;
}

/** Requests over fresh connections until `stop` says so; each lane has one in flight at most. */
async function load(stop: () => boolean, lanes: number, traffic: Traffic): Promise<void> {
  const lane = async (): Promise<void> => {
    while (!stop()) {
      traffic.sent++;
      if ((await get(app.port, '/a', 1000)) !== undefined) traffic.answered++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Scrapes as fast as it can, and gives every fall of a counter series, and how often it looked. */
async function watch(stop: () => boolean): Promise<{ falls: string[]; scrapes: number }> {
  const falls: string[] = [];
  let scrapes = 0;
  let before = new Map<string, number>();
  while (!stop()) {
    const text = await get(app.port, '/metrics', 1000);
    if (text === undefined) continue;
    const now = parse(text);
    for (const [series, value] of before) {
      if (!/_(total|sum|count|bucket)\b/.test(series)) continue;
      const later = now.get(series);
      if (later === undefined || later < value) falls.push(`${series} ${value} -> ${later}`);
    }
    before = now;
    scrapes++;
  }
  return { falls, scrapes };
}

describe('workers that die under load', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s every 0.7 s for 10 s: nothing falls, nothing is lost or invented',
    async (signal) => {
      const end = Date.now() + 10_000;
      const stop = (): boolean => Date.now() > end;
      const traffic = { sent: 0, answered: 0 };
      let kills = 0;
      const killer = async (): Promise<void> => {
        while (!stop()) {
          await sleep(700);
          const victims = app.pids();
          const victim = victims[Math.floor(Math.random() * victims.length)];
          if (victim !== undefined && victims.length > 1) {
            process.kill(victim, signal);
            kills++;
          }
        }
      };
      const [{ falls, scrapes }] = await Promise.all([watch(stop), load(stop, 6, traffic), killer()]);
      await until(() => app.pids().length === 4);
      let series = new Map<string, number>();
      await until(async () => {
        series = await scrape(app.port);
        return true;
      });
      const counted = total(series, 'requests_total');
      expect(falls).toEqual([]);
      expect(kills).toBeGreaterThan(8);
      expect(scrapes).toBeGreaterThan(50);
      // Each update comes before its answer is sent: what was answered is counted.
      expect(counted).toBeGreaterThanOrEqual(traffic.answered);
      expect(counted).toBeLessThanOrEqual(traffic.sent);
      // A kill between the two updates of a request leaves the histogram one behind.
      expect(total(series, 'duration_seconds_count')).toBeGreaterThanOrEqual(traffic.answered);
      expect(total(series, 'duration_seconds_count')).toBeLessThanOrEqual(counted);
      expect(total(series, 'duration_seconds_bucket', 'le="+Inf"')).toBe(total(series, 'duration_seconds_count'));
      expect(await send(app.port, '/a', 100)).toBe(100);
      expect(total(await scrape(app.port), 'requests_total')).toBe(counted + 100);
    },
  );
});

describe('200 recycled workers', () => {
  it('leave as many files as before, and every count', { timeout: 180_000 }, async () => {
    await send(app.port, '/a', 100);
    await until(async () => total(await scrape(app.port), 'busy') === 4);
    const files = filesIn(base).length;
    let recycled = 0;
    while (recycled < 200) {
      const victims = app.pids().slice(0, 2);
      for (const pid of victims) process.kill(pid, recycled % 3 === 0 ? 'SIGTERM' : 'SIGKILL');
      recycled += victims.length;
      await until(() => app.pids().length === 4 && !victims.some((pid) => app.pids().includes(pid)));
    }
    await until(async () => total(await scrape(app.port), 'busy') === 4);
    expect(total(await scrape(app.port), 'requests_total')).toBe(100);
    // A worker that was killed while it replaced its gauges has left a file, until the next owner of its slot replaces them.
    await untilPasses(() => expect(filesIn(base)).toHaveLength(files));
  });
});

describe('a worker that is blocked for six seconds', () => {
  it('does not delay the scrapes of the others', async () => {
    await send(app.port, '/a', 100);
    await get(app.port, '/block?ms=6000');
    const end = Date.now() + 5500;
    const times: number[] = [];
    while (Date.now() < end) {
      const begin = performance.now();
      // The primary hands connections to the blocked one too: those are given up.
      const text = await get(app.port, '/metrics', 250);
      if (text === undefined) continue;
      times.push(performance.now() - begin);
      expect(total(parse(text), 'requests_total')).toBe(100);
      expect(total(parse(text), 'busy')).toBe(4);
    }
    times.sort((a, b) => a - b);
    expect(times.length).toBeGreaterThan(30);
    expect(times[Math.floor(times.length * 0.9)]).toBeLessThan(50);
  });
});
