import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parseExposition } from '../../src/checks/exposition.js';
import type { Service } from '../../src/checks/service.js';
import { workerDeath } from '../../src/checks/worker-death.js';
import { workers } from '../../src/checks/workers.js';

test('processes that work without requests, too, say nothing by working', async () => {
  const spin = 'setInterval(() => { for (const end = Date.now() + 90; Date.now() < end; ); }, 100);';
  const servers = await Promise.all([serve(spin), serve(spin)]);
  const service = {
    options: { workers: 2 },
    started: { workers: () => servers.map(({ pid }) => pid) },
    path: '/',
    pause: (ms: number) => sleep(ms),
    client: { request: async () => ({ status: 200 }) },
  } as unknown as Service;
  expect(await workers.run(service)).toMatchObject({
    status: 'skip',
    measured: expect.stringMatching(/^[12] of 2 processes work without requests, too/),
  });
});

test('one that works without requests, too, hides no other that never answers', async () => {
  // Little enough for it to be seen at work for the requests, which take it longer.
  const spin = 'setInterval(() => { for (const end = Date.now() + 20; Date.now() < end; ); }, 100);';
  const [working, idle] = await Promise.all([serve(spin, 10), serve()]);
  const service = {
    options: { workers: 2 },
    started: { workers: () => [working.pid, idle.pid] },
    path: '/',
    pause: (ms: number) => sleep(ms),
    client: { request: async () => ({ status: (await fetch(working.url)).status }) },
  } as unknown as Service;
  expect(await workers.run(service)).toMatchObject({
    status: 'fail',
    measured: expect.stringMatching(/^[01] of 2 processes took part/),
  });
});

test('more processes than the record knows of, as --start says another number', async () => {
  const servers = await Promise.all([serve(), serve()]);
  let turn = 0;
  const service = {
    options: { workers: 1 },
    started: { workers: () => servers.map(({ pid }) => pid) },
    path: '/',
    pause: (ms: number) => sleep(ms),
    client: {
      async request() {
        const { status } = await fetch(servers[turn++ % 2]?.url ?? '');
        return { status };
      },
    },
  } as unknown as Service;
  expect(workers.cannotRun(service)).toBeUndefined();
  expect(await workers.run(service)).toMatchObject({
    status: 'pass',
    measured: '2 of 2 processes took part in 80 requests',
  });
});

/** A process of its own that answers, and works for each answer. */
async function serve(more = '', workMs = 0): Promise<{ pid: number; url: string }> {
  const work = `for (const end = Date.now() + ${workMs}; Date.now() < end; );`;
  const program = `require("http").createServer((_, answer) => { ${work} answer.end(); }).listen(0, "127.0.0.1", function () { console.log(this.address().port) });`;
  const child = spawn(process.execPath, ['-e', program + more], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const [port] = await once(child.stdout, 'data');
  return { pid: child.pid ?? 0, url: `http://127.0.0.1:${String(port).trim()}/` };
}

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
