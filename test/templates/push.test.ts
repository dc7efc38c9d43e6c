import { execFile } from 'node:child_process';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireDebianPackage } from '../support/debian-package.js';
import { send } from '../support/http-client.js';
import { type RunningApp, startApp } from '../support/running-app.js';
import { buildApp } from '../support/templates-built.js';

const binary = await requireDebianPackage('prometheus-pushgateway', 'prometheus-pushgateway');

const JOB = `
import { deleteJob, runJob } from './metrics/push.js';
const [, , name, what = ''] = process.argv;
if (what === 'delete') await deleteJob(name, { shard: 'a/b', empty: '' });
else {
  const result = await runJob(name, async (job) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job.gauge('invoices_sent', 'Invoices sent by the last run.', 3);
    job.gauge('invoices_sent', 'Invoices sent by the last run.', 7);
    job.gauge('not a name', 'It is not.', 1);
    if (what === 'fail') throw new Error('no paper');
    return 'sent';
  }, { shard: 'a/b', empty: '' }).catch((error) => error.message);
  console.log('the job says', result);
}
`;

let folder: string;
beforeAll(() => {
  folder = buildApp('esm', { 'job.js': JOB });
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

function run(url: string | undefined, ...args: string[]): Promise<Ended> {
  const env = { ...process.env, METRICS_DISABLED: '', PUSHGATEWAY_URL: url ?? '' };
  const started = performance.now();
  return new Promise((resolve) => {
    execFile(process.execPath, ['job.js', ...args], { cwd: folder, env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : Number(error.code ?? -1),
        output: stdout + stderr,
        seconds: (performance.now() - started) / 1000,
      }),
    );
  });
}

describe.skipIf(binary === undefined)('a batch job and a real Pushgateway', () => {
  let gateway: RunningApp;
  let url: string;

  beforeAll(async () => {
    const command = `exec '${binary}' --web.listen-address="127.0.0.1:$PORT" --persistence.file=pushed`;
    gateway = await startApp({ command: ['sh', '-c', command], cwd: folder });
    url = `http://127.0.0.1:${gateway.port}`;
  }, 60_000);
  afterAll(() => gateway.stop());

  async function pushed(job: string): Promise<Record<string, number>> {
    const { body } = await send({ port: gateway.port }, { method: 'GET', path: '/metrics' });
    const lines = body.split('\n').filter((line) => line.includes(`job="${job}"`) && !line.startsWith('push_'));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
    );
  }

  it('pushes success, duration, time and its own numbers, grouped by any label values', async () => {
    const { code, output } = await run(url, 'nightly invoices/eu');
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('the job says sent') });
    expect(output).toContain('not a name is not pushed');
    const values = await pushed('nightly invoices/eu');
    const at = (name: string) => Object.entries(values).find(([series]) => series.startsWith(name))?.[1];
    expect(Object.keys(values)).toContain(
      'invoices_sent{application="my-api",empty="",instance="",job="nightly invoices/eu",shard="a/b"}',
    );
    expect(at('batch_job_success')).toBe(1);
    expect(at('batch_job_duration_seconds')).toBeGreaterThanOrEqual(0.099);
    expect(at('batch_job_duration_seconds')).toBeLessThan(10);
    expect(Math.abs((at('batch_job_last_success_timestamp_seconds') ?? 0) - Date.now() / 1000)).toBeLessThan(30);
    expect(at('invoices_sent')).toBe(7);
  });

  it('a failure leaves the time of the last success, and rejects as the work did', async () => {
    await run(url, 'fragile');
    const before = await pushed('fragile');
    const { output } = await run(url, 'fragile', 'fail');
    const after = await pushed('fragile');
    const value = (values: Record<string, number>, name: string) =>
      Object.entries(values).find(([series]) => series.startsWith(name))?.[1];
    expect(output).toContain('the job says no paper');
    expect(value(after, 'batch_job_success')).toBe(0);
    expect(value(after, 'batch_job_last_success_timestamp_seconds')).toBe(
      value(before, 'batch_job_last_success_timestamp_seconds'),
    );
  });

  it('takes it all away again', async () => {
    await run(url, 'short');
    expect(Object.keys(await pushed('short'))).not.toEqual([]);
    await run(url, 'short', 'delete');
    expect(Object.keys(await pushed('short'))).toEqual([]);
  });
});

describe('without a gateway that works', () => {
  it('nothing is pushed and nothing said where there is no address', async () => {
    const { code, output } = await run(undefined, 'job');
    expect(code).toBe(0);
    expect(output).toContain('the job says sent');
    expect(output).not.toContain('Pushgateway');
  });

  it.each([
    ['is down', 'http://127.0.0.1:9'],
    ['has no address that is one', 'pushgateway'],
  ])('a gateway that %s does not fail the job, and that is said', async (_, url) => {
    const { code, output } = await run(url, 'job');
    expect(code).toBe(0);
    expect(output).toContain('the job says sent');
    expect(output).toContain('MetricsWarning: the Pushgateway did not take the metrics of the job');
  });

  it.each([
    ['hangs', ''],
    ['drips', 'HTTP/1.1 200 OK\r\nX-Slow: '],
  ])('a gateway that %s keeps the job for 5 s at most', async (_, head) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      const timer = setInterval(() => head !== '' && socket.write('x'), 200);
      socket.on('close', () => clearInterval(timer));
      if (head !== '') socket.write(head);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const { code, output, seconds } = await run(`http://127.0.0.1:${port}`, 'job');
    server.close();
    expect(code).toBe(0);
    expect(output).toContain('the job says sent');
    expect(output).toContain('MetricsWarning');
    expect(seconds).toBeLessThan(12);
  });
});
