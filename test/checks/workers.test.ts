import { expect, test } from 'vitest';
import { parseExposition } from '../../src/checks/exposition.js';
import type { Service } from '../../src/checks/service.js';
import { workerDeath } from '../../src/checks/worker-death.js';
import { workers } from '../../src/checks/workers.js';

// Who answers, where this system has no /proc to tell.

const started = { workers: () => undefined };

/** Judges a service by these scrapes, which come in turn. */
async function seen(configured: number, ...scrapes: readonly string[]): Promise<string> {
  let at = 0;
  const service = {
    options: { workers: configured },
    started,
    pause: async () => {},
    scrape: async () => parseExposition(scrapes[at++ % scrapes.length] ?? ''),
  };
  const { status, measured, hint } = await workers.run(service as unknown as Service);
  return `${status}: ${measured} → ${hint}`;
}

const gauge = '# TYPE process_open_fds gauge\n';
const start = (time: number) => `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${time}\n`;

test('by labels', async () => {
  const two = `${gauge}process_open_fds{worker="1"} 3\nprocess_open_fds{worker="2"} 3\n`;
  expect(await seen(4, two)).toMatch(/^pass: 2 processes show themselves in 20 scrapes/);
});

test('by start times that differ from scrape to scrape', async () => {
  expect(await seen(4, start(1), start(2))).toMatch(/^pass: 2 processes show themselves/);
});

test('one that shows itself, of several', async () => {
  expect(await seen(4, `${gauge}process_open_fds{worker="1"} 3\n`)).toMatch(
    /^fail: 1 process shows itself in 20 scrapes → .*sum\(rate\(process_cpu_seconds_total\[5m\]\)\)/,
  );
});

test('nothing tells', async () => {
  expect(await seen(4, start(1))).toMatch(/^skip: nothing in the exposition tells processes apart/);
});

test('none is killed', () => {
  const service = { options: { killWorker: true }, started } as unknown as Service;
  expect(workerDeath.cannotRun(service)).toMatch(/no \/proc/);
});
