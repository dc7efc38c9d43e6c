import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sameView } from '../../src/checks/same-view.js';
import type { Service } from '../../src/checks/service.js';

// What the totals of many scrapes mean, one after the other. Time passes only in pauses.

beforeAll(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterAll(() => void vi.useRealTimers());

/** Runs it on a service whose scrapes show these totals, and then the last of them for ever. */
async function seeing(totals: readonly number[], several?: string): Promise<string> {
  let at = 0;
  const answer = { status: 200, headers: {}, body: '', seconds: 0 };
  const service = {
    several,
    local: true,
    path: '/',
    countedAfterMs: 0,
    client: { request: async () => answer },
    pause: async (milliseconds: number) => void vi.advanceTimersByTime(milliseconds),
    scrape: async () => {
      vi.advanceTimersByTime(1);
      return totals[Math.min(at++, totals.length - 1)];
    },
    pathTotal: (total: unknown) => total as number,
  };
  const { status, measured } = await sameView.run(service as unknown as Service);
  return `${status}: ${measured}`;
}

const rest = Array.from({ length: 20 }, () => 7);

test('one total', async () => {
  expect(await seeing([7])).toBe('pass: 1 distinct total in 50 scrapes');
});

test('a request that was counted late, or somebody else’s, is no other registry', async () => {
  expect(await seeing([...rest, 8])).toBe('pass: 1 distinct total in 50 scrapes');
});

test('registries that are level after one request are not after another', async () => {
  const level = Array.from({ length: 58 }, () => 7);
  expect(await seeing([...level, 8, 8, 7, 8])).toBe('fail: 2 distinct totals in 50 scrapes: 7, 8');
});

test('totals that go up and down are', async () => {
  expect(await seeing([...rest, 8, 7, 8])).toBe('fail: 2 distinct totals in 50 scrapes: 7, 8');
});
