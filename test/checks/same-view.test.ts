import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sameView } from '../../src/checks/same-view.js';
import type { Service } from '../../src/checks/service.js';

// What the totals of many scrapes mean, one after the other. Time passes only in pauses.

beforeAll(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterAll(() => void vi.useRealTimers());

/** Runs it on a service whose scrapes show, after each request, these totals, and then the last of them for ever. */
async function seeing(...phases: readonly (readonly number[])[]): Promise<string> {
  return (await look(phases, true)).split(' →')[0] ?? '';
}

async function look(phases: readonly (readonly number[])[], oneInstance: boolean): Promise<string> {
  let totals: readonly number[] = [];
  let at = 0;
  let sent = 0;
  const answer = { status: 200, headers: {}, body: '', seconds: 0 };
  const service = {
    several: undefined,
    oneInstance,
    path: '/',
    countedAfterMs: 0,
    client: {
      request: async () => {
        totals = phases[Math.min(sent++, phases.length - 1)] ?? [];
        at = 0;
        return answer;
      },
    },
    pause: async (milliseconds: number) => void vi.advanceTimersByTime(milliseconds),
    scrape: async () => {
      vi.advanceTimersByTime(1);
      return totals[Math.min(at++, totals.length - 1)];
    },
    pathTotal: (total: unknown) => total as number,
  };
  const { status, measured, hint } = await sameView.run(service as unknown as Service);
  return `${status}: ${measured} → ${hint}`;
}

const rest = Array.from({ length: 20 }, () => 7);

test('one total', async () => {
  expect(await seeing([7])).toBe('pass: 1 distinct total in 50 scrapes');
});

test('a request that was counted late, or somebody else’s, is no other registry', async () => {
  expect(await seeing([...rest, 8], [8])).toBe('pass: 1 distinct total in 50 scrapes');
});

test('registries that are level after one request are not after another', async () => {
  expect(await seeing([7], [...rest, 8, 7, 8])).toBe('fail: 2 distinct totals in 50 scrapes: 7, 8');
});

test('totals that go up and down are', async () => {
  expect(await seeing([...rest, 8, 7, 8])).toBe('fail: 2 distinct totals in 50 scrapes: 7, 8');
});

test('where they may be instances, both are said, and nothing is judged', async () => {
  expect(await look([[...rest, 8, 7, 8]], false)).toMatch(
    /^warn: 2 distinct totals in 50 scrapes: 7, 8 → .*Instances behind a load balancer.* Workers of one instance/,
  );
});
