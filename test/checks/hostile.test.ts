import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { describe, test, vi } from 'vitest';
import type { CheckError } from '../../src/checks/check.js';
import { BoundedClient } from '../../src/checks/client.js';
import { exchange } from '../../src/checks/exchange.js';
import { runChecks } from '../../src/checks/run-checks.js';
import { CancelledError } from '../../src/errors.js';
import { freePort } from '../support/free-port.js';
import { untilPasses } from '../support/until-passes.js';
import { idsOf, measure, saidBy, servedFolder, startServed, textOf } from './support/measure.js';

// Services that do not do what a client hopes for: a named failure in bounded time, never a hang.

const cases: readonly { way: string; says: RegExp; seconds: number }[] = [
  { way: 'hangs', says: /no answer to GET \/metrics within 10 s/, seconds: 15 },
  { way: 'metrics-hang', says: /no answer to GET \/metrics within 10 s/, seconds: 15 },
  { way: 'drips', says: /no answer to GET \/metrics within 10 s/, seconds: 15 },
  { way: 'html', says: /answers with text\/html, which is no exposition/, seconds: 10 },
  { way: 'redirects', says: /answers 302 → It redirects to http:\/\/192\.0\.2\.1\/login/, seconds: 10 },
  { way: 'huge', says: /the answer to GET \/metrics is larger than 32 MB; it was given up/, seconds: 30 },
  { way: 'closes', says: /GET \/metrics: the connection was closed before the answer was complete/, seconds: 10 },
  { way: 'half-answers', says: /GET \/metrics: the connection was closed before the answer was complete/, seconds: 10 },
  { way: 'babbles', says: /GET \/metrics: what answers there does not speak HTTP/, seconds: 10 },
  { way: 'empty', says: /answers 200 with an empty body → up is 1 and nothing is there/, seconds: 10 },
];

async function listening(server: net.Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

// Each waits more than it works.
vi.setConfig({ maxConcurrency: 12 });

describe.concurrent('a service that', () => {
  test.for(cases)('$way', async ({ way, says, seconds }, { expect: check }) => {
    const app = await startServed('hostile.js', {}, way);
    try {
      const started = performance.now();
      const results = await measure(app.port);
      check((performance.now() - started) / 1000).toBeLessThan(seconds);
      check(saidBy(results, 'exposed')).toMatch(says);
      check(idsOf(results, 'pass'), textOf(results)).toEqual(['config']);
      for (const { status, measured } of results) {
        check(measured).not.toBe('');
        if (status === 'fail') check(measured).not.toMatch(/\bat \w+ \(|undefined/);
      }
    } finally {
      await app.stop();
    }
  });
});

// Apart from those above: their time counts.
describe('a service that', () => {
  test.concurrent('dies under the requests is named in every check after that', async ({ expect }) => {
    const app = await startServed('hostile.js', {}, 'dies');
    try {
      const started = performance.now();
      const results = await measure(app.port);
      expect((performance.now() - started) / 1000).toBeLessThan(30);
      expect(idsOf(results, 'pass'), textOf(results)).toEqual(['config']);
      expect(textOf(results)).toMatch(/connection refused/);
    } finally {
      await app.stop();
    }
  });

  test.concurrent('listens late is waited for', async ({ expect }) => {
    const port = await freePort();
    const child = spawn(process.execPath, ['hostile.js', 'late'], {
      cwd: servedFolder,
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    try {
      const results = await measure(port, { only: ['exposed', 'exact'] });
      expect(idsOf(results, 'pass'), textOf(results)).toEqual(['exposed', 'exact']);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test.concurrent('does not speak TLS, or wants it, is named', async ({ expect }) => {
    const app = await startServed('right.js');
    const tls = await startServed('hostile.js', {}, 'tls');
    try {
      const see = async (url: string, trustAny = true): Promise<string> => {
        const { signal } = new AbortController();
        const request = { url: new URL(url), method: 'GET', headers: {}, timeoutMs: 5_000, abortAfterMs: undefined };
        return exchange({ ...request, trustAny, signal }).then(
          ({ status }) => `${status}`,
          (error: CheckError) => `${error.message} → ${error.hint}`,
        );
      };
      expect(await see(`https://127.0.0.1:${app.port}/metrics`)).toMatch(/does not speak TLS → .*https for http/);
      expect(await see(`http://127.0.0.1:${tls.port}/metrics`)).toMatch(/was closed before .*or it wants https/);
      expect(await see(`https://127.0.0.1:${tls.port}/metrics`)).toBe('200');
      expect(await see(`https://127.0.0.1:${tls.port}/metrics`, false)).toMatch(
        /certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\) → .*NODE_EXTRA_CA_CERTS/,
      );
    } finally {
      await Promise.all([app.stop(), tls.stop()]);
    }
  });

  test.concurrent('takes long for its TLS has seen what is given up then', async ({ expect }) => {
    const file = (end: string) =>
      readFileSync(path.join(servedFolder, `../../express/https-server/certs/localhost.${end}`));
    let seen = 0;
    const tls = https.createServer({ key: file('key'), cert: file('crt') }, () => {
      seen += 1;
    });
    await listening(tls);
    // Both directions are slow: the handshake takes longer than the time after which the request is given up.
    const proxy = net.createServer((client) => {
      const server = net.connect(portOf(tls), '127.0.0.1');
      const pass = (from: net.Socket, to: net.Socket) =>
        from.on('error', () => {}).on('data', (chunk) => setTimeout(() => to.destroyed || to.write(chunk), 150));
      pass(client, server);
      pass(server, client);
      client.on('close', () => server.end());
    });
    await listening(proxy);
    try {
      const url = new URL(`https://127.0.0.1:${portOf(proxy)}/slow`);
      const request = { url, method: 'GET', headers: {}, timeoutMs: 5_000, abortAfterMs: 200, trustAny: true };
      const { status } = await exchange({ ...request, signal: new AbortController().signal });
      expect(status).toBe(0);
      await untilPasses(() => expect(seen).toBe(1));
    } finally {
      proxy.close();
      tls.close();
    }
  });

  test.concurrent('is not there', async ({ expect }) => {
    const results = await measure(await freePort());
    expect(saidBy(results, 'exact')).toMatch(
      /nothing listens there \(connection refused\) → Start the service, let --start do it, or correct --url/,
    );
  });
});

describe('a run', () => {
  test.concurrent('that is cancelled ends at once, and sends nothing more', async ({ expect }) => {
    const app = await startServed('right.js');
    try {
      const controller = new AbortController();
      let cancelled = Number.POSITIVE_INFINITY;
      setTimeout(() => {
        cancelled = performance.now();
        controller.abort();
      }, 1_000);
      await expect(measure(app.port, { signal: controller.signal })).rejects.toThrow(CancelledError);
      // A look at the service takes three seconds and more.
      expect(performance.now() - cancelled).toBeLessThan(1_000);
    } finally {
      await app.stop();
    }
  });

  test.concurrent('that has no time left says so of each check, blames nobody, and begins nothing', async ({
    expect,
  }) => {
    const app = await startServed('right.js');
    const run = vi.fn();
    const check = { title: '', expected: '', needsRest: false, disturbs: true, run };
    const late = { ...check, id: 'late', cannotRun: () => undefined };
    const impossible = { ...check, id: 'impossible', cannotRun: () => 'only with --start' };
    try {
      const results = await measure(app.port, { checks: [late, impossible], startSeconds: 84 });
      expect(results.map(({ status, measured }) => `${status}: ${measured}`)).toEqual([
        'skip: not measured: the 90 s of the run were used up by slow answers',
        'skip: only with --start',
      ]);
      expect(run).not.toHaveBeenCalled();
    } finally {
      await app.stop();
    }
  });

  test.concurrent('gives up a check at its limit, whether it looks at the time or not', async ({ expect }) => {
    const app = await startServed('right.js');
    const url = new URL(`http://127.0.0.1:${app.port}/metrics`);
    const never = { title: '', expected: '', needsRest: false, disturbs: false, cannotRun: () => undefined };
    const ids: string[] = [];
    const hanging = { ...never, id: 'hanging', limitSeconds: 1, run: () => new Promise<never>(() => {}) };
    const waiting = {
      ...never,
      id: 'waiting',
      limitSeconds: 1,
      run: async (service: { pause(ms: number): Promise<void> }) => {
        await service.pause(60_000).catch((error: unknown) => {
          ids.push(String(error));
          throw error;
        });
        return { status: 'pass' as const, measured: '', hint: '' };
      },
    };
    try {
      const signal = new AbortController().signal;
      const client = new BoundedClient({ metrics: url, app: new URL('/', url) }, undefined, signal);
      const ended = vi.fn();
      const facts = {
        url,
        options: { targetPath: undefined } as never,
        hints: { counter: undefined, histogram: undefined, prefix: undefined },
        local: true,
        started: undefined,
      };
      const progress = { watching() {}, found() {}, began() {}, ended };
      const results = await runChecks([hanging, waiting], facts, client, progress, signal);
      expect(results.map(({ status, measured }) => `${status}: ${measured}`)).toEqual([
        'fail: no result within 1 s',
        'fail: no result within 1 s',
      ]);
      await untilPasses(() => expect(ids).toHaveLength(1));
      expect(ids).toEqual(['CheckError: no result within 1 s']);
      expect(ended).toHaveBeenCalledTimes(2);
    } finally {
      await app.stop();
    }
  });
});
