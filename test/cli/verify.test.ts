import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, type ExpectStatic, test, vi } from 'vitest';
import { type Exchange, respond, withFake } from '../checks/support/fake.js';
import { freePort } from '../support/free-port.js';
import { type RunningApp, startApp } from '../support/running-app.js';
import { someAnswers } from '../support/some-answers.js';
import { makeFolder } from './support/folders.js';
import { environment, run } from './support/run.js';
import { enter, runInTerminal } from './support/terminal.js';
import { treeOf } from './support/tree.js';

const served = fileURLToPath(new URL('../../fixtures/checks/served', import.meta.url));
const bin = fileURLToPath(new URL('../../bin/add-prom-metrics.js', import.meta.url));
/** No Prometheus: its half minute is tested elsewhere. */
const env = { PATH: '/nowhere' };

async function withService<T>(file: string, work: (app: RunningApp) => Promise<T>): Promise<T> {
  const app = await startApp({ command: ['node', file], cwd: served });
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}

function record(answers: object): string {
  return JSON.stringify({ version: 1, tool: '0.1.0', answers: { ...someAnswers, ...answers }, files: [] });
}

// Each waits more than it works.
vi.setConfig({ maxConcurrency: 6 });

describe.concurrent('a wrong call ends with 2, and says what to do', () => {
  test.for<[string, string[], RegExp]>([
    ['no record, no --url', [], /There is no add-prom-metrics\.json here.*\n.*--url/],
    ['a URL that is none', ['--url', 'localhost:3000'], /--url must be a URL that begins with http:/],
    ['a URL with a password', ['--url', 'http://a:b@127.0.0.1/'], /--url must be a URL without a password/],
    ['too many requests', ['--requests', '10001'], /--requests must be a whole number from 1 to 10000; it is "10001"/],
    ['no requests', ['--requests', '0'], /--requests must be a whole number/],
    ['a path that is none', ['--target-path', 'x'], /--target-path must be a path that begins with one "\/"/],
    ['a path to another host', ['--error-path', '//example.com/x'], /--error-path must be a path/],
    ['a metric that is none', ['--counter', 'a-b'], /--counter must be the name of a metric/],
    ['no workers', ['--workers', '0'], /--workers must be a whole number from 1 to 1024/],
    ['a report that is no Markdown', ['--report', 'x.html'], /--report must be the path of a Markdown file/],
    [
      'a report in a folder that is not there',
      ['--url', 'http://127.0.0.1:1', '--report', '/nowhere/verify.md'],
      /The report \/nowhere\/verify\.md cannot be written: there is no such folder/,
    ],
    ['an empty command', ['--start', ' ', '--url', 'http://127.0.0.1:1'], /--start must be a command/],
    ['another machine', ['--url', 'http://192.0.2.1/metrics'], /192\.0\.2\.1 is not this machine.*\n.*--allow-remote/],
    ['an unknown flag', ['--uri', 'http://127.0.0.1'], /nknown option '--uri'/],
  ])('%s', async ([, flags, says], { expect }) => {
    const { exitCode, stdout, stderr } = await run(['verify', makeFolder(), ...flags]);
    expect(stderr).toMatch(says);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  test('a record without a port', async ({ expect }) => {
    const root = makeFolder({ 'add-prom-metrics.json': record({ metricsPath: '/internal/metrics' }) });
    const { exitCode, stderr } = await run(['verify', root]);
    expect(stderr).toMatch(
      /The port of the service is not known.\nSet PORT, or .*--url http:\/\/127\.0\.0\.1:3000\/internal\/metrics/,
    );
    expect(exitCode).toBe(2);
  });

  test('a PORT that is none', async ({ expect }) => {
    const root = makeFolder({ 'add-prom-metrics.json': record({}) });
    const { exitCode, stderr } = await run(['verify', root], { env: { PORT: 'http' } });
    expect(stderr).toMatch(/PORT must be a whole number from 1 to 65535; it is "http"/);
    expect(exitCode).toBe(2);
  });

  test('Enter, where it is asked whether another machine may be loaded', async ({ expect }) => {
    const args = ['verify', makeFolder(), '--url', 'http://192.0.2.1/metrics'];
    const step = { wait: '192.0.2.1 is not this machine. Send it some thousand requests?', send: enter };
    const { exitCode, output } = await runInTerminal(args, [step], { cwd: makeFolder() });
    expect(exitCode, output).toBe(130);
    expect(output).not.toContain('Checking');
  });

  test('metrics on a port of their own, and none for the service', async ({ expect }) => {
    const root = makeFolder({ 'add-prom-metrics.json': record({ metricsPort: 9100 }) });
    const { exitCode, stderr } = await run(['verify', root]);
    expect(stderr).toMatch(/metrics are on a port of their own \(9100\).*\n.*--app-url/);
    expect(exitCode).toBe(2);
  });
});

describe.concurrent('a running service', () => {
  test('that is right: exit 0, and a line for each check', async ({ expect }) => {
    const flags = ['--target-path', '/items/{id}', '--slow-path', '/slow', '--error-path', '/broken'];
    const { exitCode, stdout, stderr } = await withService('right.js', ({ port }) =>
      run(['verify', makeFolder(), '--url', `http://127.0.0.1:${port}/metrics`, ...flags], { env }),
    );
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Checking http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
    expect(stdout).toContain('Requests are counted by http_requests_total and http_request_duration_seconds');
    expect(stdout).toMatch(/\n {2}pass {2}exact +\d\.\d s {2}200 requests to \/items\/1/);
    expect(stdout).toMatch(/\nNothing failed\. \d+ passed, \d+ skipped; [\d,]+ requests in \d+ s\.\n$/);
    // No terminal: nothing is written over.
    expect(stdout).not.toContain('\u001b');
  });

  test('at an IPv6 address and below a path: says how much it sent, which is what came', async ({ expect }) => {
    const away: string[] = [];
    const answer = (exchange: Exchange) => {
      const path = exchange.path.replace(/^\/shop(?=\/|$)/, '');
      if (path === exchange.path) away.push(path);
      respond({ ...exchange, path });
    };
    await withFake({ answer, host: '::1' }, async (fake) => {
      const base = `http://[::1]:${fake.port}`;
      const flags = ['--url', `${base}/metrics`, '--app-url', `${base}/shop`, '--target-path', '/items/{id}'];
      const { exitCode, stdout } = await run(['verify', makeFolder(), ...flags], { env });
      expect(exitCode, stdout).toBe(0);
      expect(stdout).toContain('\n20,000 requests at most, scrapes included.\n');
      const [, sent = ''] = /; ([\d,]+) requests in \d+ s\.\n$/.exec(stdout) ?? [];
      expect(fake.received).toBeGreaterThan(300);
      // Each on a fresh connection; what the parser of the server refuses reaches nobody.
      expect(Number(sent.replace(',', ''))).toBe(fake.connections);
      expect(fake.connections - fake.received).toBe(8);
      expect(away).toEqual([]);
    });
  });

  test('where the record says', async ({ expect }) => {
    await withFake({ metricsPath: '/internal/metrics' }, async ({ port }) => {
      const answers = record({ port, metricsPath: '/internal/metrics', workers: 1 });
      const { exitCode, stdout } = await run(['verify', makeFolder({ 'add-prom-metrics.json': answers })], { env });
      expect(exitCode, stdout).toBe(0);
      expect(stdout).toContain(`Checking http://127.0.0.1:${port}/internal/metrics\n`);
      expect(stdout).not.toContain('Starting');
      expect(stdout).toMatch(/pass {2}exact .* 200 requests to \/ \(200 × 200\)/);
      expect(stdout).toMatch(/skip {2}workers .* one process is configured/);
    });
  });

  test('that is not: exit 1, JSON and nothing else, a report', async ({ expect }) => {
    const root = makeFolder({ 'add-prom-metrics.json': record({}) });
    const report = join(makeFolder(), 'verify.md');
    const before = treeOf(root);
    const { exitCode, stdout, stderr } = await withService('counts-twice.js', ({ port }) =>
      run(['verify', root, '--json', '--requests', '50', '--report', report], { env: { ...env, PORT: String(port) } }),
    );
    expect([exitCode, stderr]).toEqual([1, '']);
    const document = JSON.parse(stdout);
    expect(document.failed).toBe(1);
    const ids = document.checks.map(({ id }: { id: string }) => id);
    expect(ids.join(' ')).toBe(
      'exposed exact same-view monotone rate workers worker-death in-progress restart gauges cardinality errors self scrape-cost redis config secret',
    );
    expect(document.checks[1]).toMatchObject({
      id: 'exact',
      status: 'fail',
      measured: expect.stringContaining('50 requests'),
    });
    expect(readFileSync(report, 'utf8')).toContain('| **FAIL** | `exact` |');
    expect(treeOf(root)).toEqual(before);
  });

  test('that is not there: exit 1, in a few seconds, without a stack trace', async ({ expect }) => {
    const started = Date.now();
    const url = `http://127.0.0.1:${await freePort()}/metrics`;
    const { exitCode, stdout, stderr } = await run(['verify', makeFolder(), '--url', url], { env });
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(stdout).toContain('nothing listens there (connection refused)');
    expect(stdout).not.toMatch(/\n\s+at /);
    expect(Date.now() - started).toBeLessThan(12_000);
  });
});

async function expectLogs(file: string, logs: number, expect: ExpectStatic): Promise<void> {
  const TMPDIR = makeFolder();
  const command = `${process.execPath} ${join(served, file)}`;
  const url = `http://127.0.0.1:${await freePort()}/metrics`;
  const flags = ['--url', url, '--start', command, '--requests', '10'];
  const { stdout } = await run(['verify', makeFolder(), ...flags], { env: { ...env, TMPDIR } });
  const [, log] = /\nWhat the service printed: (.*)\n/.exec(stdout) ?? [];
  expect([readdirSync(TMPDIR).length, log !== undefined && existsSync(log) ? 1 : 0]).toEqual([logs, logs]);
}

describe.concurrent('--start', () => {
  test('runs the service for the checks, and ends it', async ({ expect }) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/metrics`;
    const command = `${process.execPath} ${join(served, 'right.js')}`;
    const { exitCode, stdout, stderr } = await run(['verify', makeFolder(), '--url', url, '--start', command], { env });
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/\n {2}pass {2}restart /);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('of something that ends at once is a failure with its last words', async ({ expect }) => {
    const url = `http://127.0.0.1:${await freePort()}/metrics`;
    const command = `${process.execPath} -e "console.error('no database'); process.exit(3)"`;
    const { exitCode, stdout } = await run(['verify', makeFolder(), '--url', url, '--start', command], { env });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('no database');
  });

  test('that fails a check names its log, which is there; one that passes leaves none', async ({ expect }) => {
    await Promise.all([expectLogs('counts-scrapes.js', 1, expect), expectLogs('right.js', 0, expect)]);
  });

  test('and Ctrl-C: exit 130, and nothing is left', async ({ expect }) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/metrics`;
    const command = `${process.execPath} ${join(served, 'four-registries.js')}`;
    const child = execa(process.execPath, [bin, 'verify', makeFolder(), '--url', url, '--start', command], {
      env: environment(env),
      extendEnv: false,
      reject: false,
      timeout: 60_000,
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('Watching')) child.kill('SIGINT');
    });
    const { exitCode, stderr } = await child;
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('Cancelled.')]);
    await expect(fetch(url)).rejects.toThrow();
  });
});
