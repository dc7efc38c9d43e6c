import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parseExposition } from '../../src/checks/exposition.js';
import { gauges } from '../../src/checks/gauges.js';
import type { Service } from '../../src/checks/service.js';

// What gauges tell of the processes behind them.

interface Seen {
  /** The processes that serve, where we started it. */
  readonly workers?: number;
  readonly configured?: number;
  readonly url?: string;
}

/** Judges a service that gives these gauges, as text without types. */
async function seen(
  lines: string,
  { workers, configured, url = 'http://127.0.0.1:1/metrics' }: Seen = {},
): Promise<string> {
  const names = [...new Set(lines.split('\n').map((line) => line.split(/[{ ]/)[0]))].filter(Boolean);
  const text = `${names.map((name) => `# TYPE ${name} gauge`).join('\n')}\n${lines}\n`;
  const service = {
    url: new URL(url),
    local: true,
    several: undefined,
    options: { workers: configured },
    started: workers === undefined ? undefined : { workers: () => Array.from({ length: workers }, (_, id) => id) },
    scrape: async () => parseExposition(text),
  };
  const { status, measured, hint } = await gauges.run(service as unknown as Service);
  return `${status}: ${measured} → ${hint}`;
}

/** A pid that is nobody's: above the kernel's limit. */
const dead = 4_194_305;

describe('added up over processes', () => {
  test('an information', async () => {
    expect(await seen('app_info{version="1"} 4', { workers: 4 })).toMatch(/^fail: app_info is 4 → .*added up/);
  });

  test('a start', async () => {
    expect(await seen('process_start_time_seconds 7.2e9', { workers: 4 })).toMatch(/^fail: process_start_time_seconds/);
  });

  test('a ratio, which may be one above 1', async () => {
    expect(await seen('nodejs_eventloop_utilization 2.5', { workers: 4 })).toMatch(/^warn: .* is 2.5/);
    expect(await seen('gzip_compression_ratio 3.4', { workers: 1 })).toMatch(/^skip: nothing tells that several/);
    expect(await seen('gzip_compression_ratio 3.4', { configured: 1 })).toMatch(/^skip: one process is configured/);
  });

  test('an information of 1, a time ahead in milliseconds, and a ratio below 1 are not', async () => {
    const lines = 'app_info{version="1"} 1\njob_last_success_time 1.7e12\ncache_hit_ratio 0.9';
    expect(await seen(lines, { workers: 4 })).toMatch(/^pass: 3 gauge series, 0 of them by process/);
  });
});

test('of more workers than serve', async () => {
  const lines = (most: number) =>
    Array.from({ length: most }, (_, id) => `process_open_fds{worker="${id}"} 20`).join('\n');
  expect(await seen(lines(4), { workers: 2 })).toMatch(/^fail: gauges of 4 workers where 2 serve → sum\(\)/);
  // The primary may have its own.
  expect(await seen(lines(3), { workers: 2 })).toMatch(/^pass: 3 gauge series, 3 of them by process \(3 processes\)/);
});

describe('of a process that no longer runs', () => {
  const lines = `queue_length{pid="${process.pid}"} 1\nqueue_length{pid="${dead}"} 7`;

  test('where the living ones serve the port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    expect(await seen(lines, { url })).toMatch(/^fail: gauges of 1 process that no longer runs: pid 4194305 → sum\(\)/);
    server.close();
  });

  test('but not in a container, whose pids are this machine’s by chance', async () => {
    expect(await seen(lines)).toMatch(/^pass: 2 gauge series, 2 of them by process/);
  });

  test('where we started it', async () => {
    expect(await seen(lines, { workers: 2 })).toMatch(/^fail: gauges of 1 process that no longer runs/);
  });
});
