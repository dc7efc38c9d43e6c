import { once } from 'node:events';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { allChecks } from '../../src/checks/all.js';
import { CheckError } from '../../src/checks/check.js';
import { BoundedClient } from '../../src/checks/client.js';
import { pattern } from '../../src/checks/first-requests.js';
import type { StartedService } from '../../src/checks/service.js';
import type { Exchange, Fake, FakeOptions } from './support/fake.js';
import { after, expose, hangUp, inLine, respond, withFake } from './support/fake.js';
import { idsOf, type MeasureOptions, measure, saidBy, textOf } from './support/measure.js';
import { said } from './support/said.js';

// Being fair to services that are right and have their ways; and not passing what was never looked at.

vi.setConfig({ maxConcurrency: 20 });

describe.concurrent('a server that closes the connection', () => {
  const known = ['GET', 'HEAD', 'POST'];

  test('on methods that it does not know makes no label of them', async ({ expect: is }) => {
    const answer = (exchange: Exchange) =>
      known.includes(exchange.req.method ?? '') ? respond(exchange) : hangUp(exchange);
    is(await said({ answer }, 'cardinality')).toMatch(
      /^pass: \d+ ids, \d+ unknown URLs, 8 invented methods, 8 rare methods \(refused\): /,
    );
  });

  test('on unknown URLs cannot be judged by them', async ({ expect: is }) => {
    const answer = (exchange: Exchange) =>
      exchange.path.startsWith('/no-such') ? hangUp(exchange) : respond(exchange);
    is(await said({ answer }, 'cardinality')).toMatch(/^fail: GET \/no-such-\w+-\d+: the connection was closed/);
  });
});

describe.concurrent('an endpoint that does not show itself to strangers', () => {
  const token = 'sesame';
  const shownTo = (status: number, headers: Record<string, string> = {}): FakeOptions => ({
    scrape: (exchange) =>
      exchange.req.headers.authorization === `Bearer ${token}`
        ? expose(exchange)
        : exchange.res.writeHead(status, headers).end(),
  });

  test.for([
    [404, {}],
    [302, { location: '/login' }],
  ] as const)('answers %d', async ([status, headers], { expect: is }) => {
    is(await said(shownTo(status, headers), 'secret', { token })).toMatch(
      new RegExp(`^pass: without a token it answers ${status}, with it 200`),
    );
  });

  test('wants a password: a token is no advice', async ({ expect: is }) => {
    const service = shownTo(401, { 'www-authenticate': 'Basic realm="metrics"' });
    is(await said(service, 'exposed')).toMatch(
      /^fail: the metrics endpoint answers 401 → It wants a user and a password/,
    );
  });

  test('is not there when it does not show itself to anybody', async ({ expect: is }) => {
    is(await said(shownTo(404), 'secret', { token: 'wrong' })).toMatch(/^fail: the metrics endpoint answers 404/);
  });
});

describe.concurrent('an endpoint that takes', () => {
  const slow = (milliseconds: number): FakeOptions => ({ scrape: after(milliseconds, expose) });

  test.for([
    [['exposed', 'exact']],
    [['same-view']],
    [['self']],
    [['errors', 'gauges']],
    [['monotone', 'cardinality']],
    [['in-progress']],
  ])('2 s for a scrape fails nothing but scrape-cost: %s', async ([only = []], { expect: is }) => {
    await withFake(slow(2_000), async ({ port }) => {
      const results = await measure(port, { only });
      is([...idsOf(results, 'pass'), ...idsOf(results, 'skip')].sort(), textOf(results)).toEqual([...only].sort());
      is(idsOf(results, 'skip').filter((id) => id !== 'gauges')).toEqual([]);
    });
  });

  test('5 s is too slow to be looked at, and still asked what needs no look', async ({ expect: is }) => {
    await withFake(slow(5_000), async ({ port }) => {
      const results = await measure(port, { only: ['scrape-cost'] });
      is(saidBy(results, 'scrape-cost')).toMatch(/^fail: p95 5\.\d s in 3 scrapes/);
    });
  });
});

describe.concurrent('requests that are given up', () => {
  test('may take their time where one is answered after the other', async ({ expect: is }) => {
    const served = (exchange: Exchange) => {
      exchange.fake.count(exchange, exchange.path);
      exchange.res.end('at last');
    };
    const answer = inLine(({ path }) => (path === '/slow' ? 2_700 : 0), served);
    is(await said({ answer }, 'in-progress')).toMatch(
      /^pass: 5 aborted requests: http_requests_in_progress \+0, http_requests_total \+5/,
    );
  });

  test('and are counted twice', async ({ expect: is }) => {
    const answer = (exchange: Exchange) => {
      respond(exchange);
      // As a middleware that is mounted a second time for one route.
      if (exchange.path === '/slow') exchange.fake.count(exchange, '/slow');
    };
    is(await said({ answer }, 'in-progress')).toMatch(/^fail: .*http_requests_total \+10 → .*more than once/);
  });
});

describe.concurrent('a service', () => {
  const all = ['exposed', 'exact', 'same-view', 'monotone', 'in-progress', 'cardinality', 'errors', 'self'];

  async function passes(fake: Fake, options: MeasureOptions, is: typeof expect): Promise<void> {
    const results = await measure(fake.port, { only: all, ...options });
    is(idsOf(results, 'pass'), textOf(results)).toEqual(all);
  }

  test('whose statuses are classes', async ({ expect: is }) => {
    await withFake({ status: (status) => `${Math.floor(status / 100)}xx` }, (fake) => passes(fake, {}, is));
  });

  test('at an IPv6 address', async ({ expect: is }) => {
    await withFake({ host: '::1' }, (fake) => passes(fake, { url: new URL(`http://[::1]:${fake.port}/metrics`) }, is));
  });

  test('that packs its metrics for those who take it', async ({ expect: is }) => {
    const scrape = ({ req, res, fake }: Exchange): void => {
      is(req.headers['accept-encoding']).toBe('gzip');
      res.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4', 'Content-Encoding': 'gzip' });
      res.end(gzipSync(fake.text));
    };
    await withFake({ scrape }, (fake) => passes(fake, {}, is));
  });

  test('behind a path, and its metrics elsewhere', async ({ expect: is }) => {
    const answer = (exchange: Exchange) => {
      const path = exchange.path.replace(/^\/shop(?=\/)/, '');
      // The origin's root is another service's.
      return path === exchange.path ? exchange.res.writeHead(404).end() : respond({ ...exchange, path });
    };
    await withFake({ answer }, (fake) => {
      const appUrl = new URL(`http://127.0.0.1:${fake.port}/shop/`);
      return passes(fake, { appUrl }, is);
    });
  });
});

describe.concurrent('two registries behind one port of this machine', () => {
  const only = ['exact', 'same-view', 'monotone', 'gauges', 'cardinality', 'errors'];

  /** A proxy that gives each connection to the other of two instances. */
  async function balanced<T>(work: (port: number) => Promise<T>): Promise<T> {
    return withFake({}, (one) =>
      withFake({}, async (other) => {
        let number = 0;
        const proxy = net.createServer((client) => {
          number += 1;
          const instance = net.connect(number % 2 === 0 ? one.port : other.port, '127.0.0.1');
          for (const socket of [client, instance]) socket.on('error', () => {});
          client.pipe(instance).pipe(client);
        });
        proxy.listen(0, '127.0.0.1');
        await once(proxy, 'listening');
        return work((proxy.address() as net.AddressInfo).port).finally(() => proxy.close());
      }),
    );
  }

  test('are instances, where one process holds the port: both are said, nothing fails', async ({ expect }) => {
    const results = await balanced((port) => measure(port, { only }));
    expect(idsOf(results, 'fail'), textOf(results)).toEqual([]);
    expect(idsOf(results, 'warn')).toEqual(['same-view']);
    expect(idsOf(results, 'skip')).toEqual(only.filter((id) => id !== 'same-view'));
    expect(saidBy(results, 'exact')).toMatch(/^skip: several registries answer .*instances behind a load balancer, or/);
  });

  test('are workers of what verify has started', async ({ expect }) => {
    const started = { workers: () => [1, 2], log: '/dev/null' } as unknown as StartedService;
    const results = await balanced((port) => measure(port, { only: ['exact', 'same-view'], started }));
    expect(idsOf(results, 'fail'), textOf(results)).toEqual(['exact', 'same-view']);
  });
});

test.concurrent('counts that are published now and then have it known, also when the first look came right after', async ({
  expect: is,
}) => {
  const first = [...pattern].filter((kind) => kind === '1').length;
  let published = '';
  let requests = 0;
  const answer = (exchange: Exchange) => {
    requests += 1;
    respond(exchange);
  };
  const scrape = ({ res, fake }: Exchange) => {
    // By chance, whatever was sent until then has just been published.
    if (requests <= first) published = fake.text;
    res.end(published);
  };
  await withFake({ answer, scrape }, async (fake) => {
    const timer = setInterval(() => {
      published = fake.text;
    }, 900);
    const results = await measure(fake.port, { only: ['exact', 'errors'] }).finally(() => clearInterval(timer));
    is(idsOf(results, 'pass'), textOf(results)).toEqual(['exact', 'errors']);
  });
});

describe.concurrent('an endpoint that answers 500 at first', () => {
  const failing = (milliseconds: number): FakeOptions => {
    const end = performance.now() + milliseconds;
    return { scrape: (exchange) => (performance.now() < end ? exchange.res.writeHead(500).end() : expose(exchange)) };
  };
  const startedNow = () =>
    ({ workers: () => [1, 2], log: '/dev/null', listensSince: performance.now() }) as unknown as StartedService;

  test('is one of a service on its way, where that was just started', async ({ expect: is }) => {
    is(await said(failing(1_500), 'exact', { started: startedNow() })).toMatch(/^pass: /);
  });

  test('is not waited for for longer than a start takes', async ({ expect: is }) => {
    is(await said(failing(30_000), 'exact', { started: startedNow() })).toMatch(
      /^fail: the metrics endpoint answers 500/,
    );
  });

  test('is as broken as it looks where it was running already', async ({ expect: is }) => {
    is(await said(failing(1_500), 'exact')).toMatch(/^fail: the metrics endpoint answers 500/);
  });
});

describe.concurrent('the client', () => {
  const signal = new AbortController().signal;

  test('sends no more than its bound, and each request on a fresh connection', async ({ expect }) => {
    await withFake({}, async (fake) => {
      const url = new URL(`http://127.0.0.1:${fake.port}/metrics`);
      const client = new BoundedClient({ metrics: url, app: new URL('/', url) }, undefined, signal, { sent: 19_997 });
      await client.request('/items/1');
      await client.within(signal).request('/');
      await client.fetchMetrics();
      await expect(async () => client.request('/')).rejects.toThrow(
        'the 20,000 requests that one run may send are used up',
      );
      await expect(async () => client.fetchMetrics()).rejects.toThrow('used up');
      expect([fake.received, fake.connections, client.sent]).toEqual([3, 3, 20_000]);
    });
  });

  test.for([
    ['http://h/', '/x', '/x'],
    ['http://h/api', '/x?a=1', '/api/x?a=1'],
    ['http://h/api/', '/', '/api/'],
    ['http://h/api', '/', '/api'],
    ['http://h/api', '/api/x', '/api/x'],
    ['http://h/api', '/apis', '/api/apis'],
  ] as const)('%s: %s is %s', async ([base, path, expected], { expect }) => {
    const paths: (string | undefined)[] = [];
    const answer = ({ req, res }: Exchange) => {
      paths.push(req.url);
      res.end();
    };
    await withFake({ answer }, async ({ port }) => {
      const app = new URL(base.replace('//h', `//127.0.0.1:${port}`));
      await new BoundedClient({ metrics: app, app }, undefined, signal).request(path);
    });
    expect(paths).toEqual([expected]);
  });
});

test('a service that did not start is what all say that need it, those too that are for a started one only', async () => {
  const failure = new CheckError('it ended', 'See its log.');
  const results = await measure(1, { failure, killWorker: true, redis: true });
  const offline = allChecks.filter((check) => check.offline).map(({ id }) => id);
  const needy = results.filter(({ id, status }) => status !== 'skip' && !offline.includes(id));
  expect(new Set(needy.map(({ id }) => saidBy(results, id)))).toEqual(new Set(['fail: it ended → See its log.']));
  expect(needy.map(({ id }) => id)).toEqual(expect.arrayContaining(['exposed', 'worker-death', 'restart', 'redis']));
});
