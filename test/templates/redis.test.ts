import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedis, findRedis, type RedisServer } from '../support/redis.js';
import { parseExposition, type Samples } from '../support/templates-exposition.js';
import {
  buildRedisApp,
  type ClientName,
  clients,
  get,
  type Service,
  startLoad,
  startService,
} from './redis/support.js';

const binary = await findRedis();

const ORDERS = 'shared_orders_total{channel="web",application="my-api"}';
const MONEY = 'shared_money{application="my-api"}';
const UP = 'redis_metrics_up{application="my-api"}';
const LOCAL = 'local_total{application="my-api"}';
const KEY = 'prom:my-api:shared_orders_total';
/** Requests that are answered in each state of Redis. */
const enough = 30;

/** How many cases run at once: most of their time is waiting, and what they measure must not wait for one another. */
const atOnce = 2;
const slots = Array.from({ length: atOnce }, () => Promise.resolve());
let turn = 0;
const folders = new Map<ClientName, Promise<string>>();

function folderOf(client: ClientName): Promise<string> {
  const folder = folders.get(client) ?? buildRedisApp(client);
  folders.set(client, folder);
  return folder;
}

/** A case, with a Redis and services of its own; no more than a few at the same time. */
const it = test.extend<{ stage: Stage }>({
  stage: async ({ task: _ }, use) => {
    const slot = turn++ % atOnce;
    const before = slots[slot];
    let leave = (): void => {};
    slots[slot] = new Promise((done) => {
      leave = done;
    });
    await before;
    const stage = new Stage(await createRedis(binary ?? ''));
    try {
      await stage.redis.start();
      await use(stage);
    } finally {
      await stage.end();
      leave();
    }
  },
});

/** What one case works with. */
class Stage {
  readonly redis: RedisServer;
  readonly #services: Service[] = [];

  constructor(redis: RedisServer) {
    this.redis = redis;
  }

  async start(client: ClientName, workers: number): Promise<Service> {
    const service = await startService(await folderOf(client), workers, { REDIS_URL: this.redis.url });
    this.#services.push(service);
    return service;
  }

  /** Runs a script beside the app with `redis` and `registry` loaded, until it ends by itself. */
  async runScript(client: ClientName, script: string, env: Record<string, string> = {}) {
    const file = join(await folderOf(client), `script-${randomUUID()}.cjs`);
    const load = "const redis = require('./metrics/redis.js'); const registry = require('./metrics/registry.js');\n";
    writeFileSync(file, load + script);
    const started = Date.now();
    const options = { env: { ...process.env, REDIS_URL: this.redis.url, ...env }, timeout: 20_000 };
    return new Promise<{ stdout: string; stderr: string; ms: number }>((done, fail) => {
      execFile(process.execPath, ['--expose-gc', file], options, (error, stdout, stderr) =>
        error === null ? done({ stdout, stderr, ms: Date.now() - started }) : fail(error),
      );
    });
  }

  async end(): Promise<void> {
    for (const service of this.#services) await service.stop();
    await this.redis.remove();
  }
}

async function scrape(port: number): Promise<{ samples: Samples; ms: number; pid: string }> {
  const { status, body, ms, pid } = await get(port, '/metrics');
  expect(status, body).toBe(200);
  return { samples: parseExposition(body), ms, pid };
}

/** Scrapes until Redis has this many orders; gives how long that took. */
async function untilOrders(port: number, count: number, timeoutMs = 5000): Promise<number> {
  const started = Date.now();
  for (;;) {
    const { samples } = await scrape(port);
    if (samples.get(ORDERS) === count) return Date.now() - started;
    if (Date.now() - started > timeoutMs) throw new Error(`${samples.get(ORDERS)} orders, not ${count}`);
    await sleep(20);
  }
}

const title = binary === undefined ? 'metrics in Redis, SKIPPED: redis-server is missing' : 'metrics in Redis';

describe.skipIf(binary === undefined).concurrent(title, { timeout: 400_000 }, () => {
  beforeAll(async () => {
    for (const client of clients) await folderOf(client);
  });
  afterAll(async () => {
    for (const folder of folders.values()) rmSync(await folder, { recursive: true, force: true });
  });

  describe.each(clients)('with %s', (client) => {
    it('are one truth for all workers and instances, outlive them, and are read once', async ({ stage }) => {
      const one = await stage.start(client, 2);
      const other = await stage.start(client, 0);
      for (let i = 0; i < 150; i++) await get(one.port, '/count');
      for (let i = 0; i < 50; i++) await get(other.port, '/count');
      await untilOrders(one.port, 200);

      const pids = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const { samples, pid } = await scrape(one.port);
        pids.add(pid);
        expect([samples.get(ORDERS), samples.get(MONEY), samples.get(UP)]).toEqual([200, 50, 1]);
        // Those in the files of this run are added up over the workers, and have nothing to do with it.
        expect(samples.get(LOCAL)).toBe(150);
      }
      expect(pids.size).toBe(2);
      expect((await scrape(other.port)).samples.get(ORDERS)).toBe(200);
      expect((await get(one.port, '/metrics')).body).toContain(
        '# HELP shared_orders_total Orders. The same number on every instance: use max, not sum.\n' +
          '# TYPE shared_orders_total counter\n',
      );

      const before = Number(/cmdstat_hgetall:calls=(\d+)/.exec(await stage.redis.cli('info', 'commandstats'))?.[1]);
      for (let i = 0; i < 10; i++) await scrape(one.port);
      const after = Number(/cmdstat_hgetall:calls=(\d+)/.exec(await stage.redis.cli('info', 'commandstats'))?.[1]);
      // Two metrics, one hash each.
      expect(after - before).toBe(20);

      await one.stop();
      const next = await stage.start(client, 2);
      expect((await scrape(next.port)).samples.get(ORDERS)).toBe(200);
    });

    // The newest majors: what differs between clients is how a connection ends and hangs, which the next ones are about.
    if (client.endsWith('6')) {
      it('survive a Redis that hangs, and one that is killed', async ({ stage }) => {
        await hang(stage, client, 6500);
        await goAway(stage, client, 'SIGKILL');
      });
      return;
    }

    it.for([
      ['stopped', 'SIGTERM'],
      ['killed', 'SIGKILL'],
    ] as const)('lose nothing while Redis is %s and started again under load', async ([, signal], { stage }) => {
      await goAway(stage, client, signal);
    });

    it.for([3000, 7500])(
      'lose nothing, and count nothing twice, when Redis hangs for %i ms under load',
      async (ms, { stage }) => {
        await hang(stage, client, ms);
      },
    );

    it('are counted when the service starts before Redis', async ({ stage }) => {
      await stage.redis.stop();
      const { port, warnings } = await stage.start(client, 0);
      await expectAway(port);
      for (let i = 0; i < 10; i++) await get(port, '/count');
      expect(warnings()).toMatch(/MetricsWarning: metrics in Redis .*ECONNREFUSED|Connection is closed/);
      await stage.redis.start();
      await untilOrders(port, 10);
    });

    it('do not keep a process from ending, and are sent before it ends', async ({ stage }) => {
      const count = "redis.redisCounter({ name: 'orders_total', help: 'Orders.' }).inc(3);";
      const { stderr } = await stage.runScript(client, count);
      expect(stderr).toBe('');
      expect(await stage.redis.cli('hgetall', KEY)).toBe('[]\n3');

      stage.redis.pause();
      const hung = await stage.runScript(client, count);
      stage.redis.resume();
      // A second, and what the machine needs for a start when it is busy.
      expect(hung.ms).toBeLessThan(4500);
    });

    it('can be waited for before process.exit()', async ({ stage }) => {
      await stage.runScript(
        client,
        `const { inc } = redis.redisCounter({ name: 'orders_total', help: 'Orders.', labelNames: ['n'] });
        for (let i = 0; i < 1200; i++) inc({ n: i });
        redis.saveRedisMetrics().then((saved) => process.exit(saved ? 0 : 1));`,
      );
      expect(await stage.redis.cli('hlen', KEY)).toBe('1200');
    });

    it('are left alone when metrics are disabled', async ({ stage }) => {
      await stage.runScript(client, "redis.redisCounter({ name: 'orders_total', help: 'Orders.' }).inc();", {
        METRICS_DISABLED: '1',
      });
      expect(await stage.redis.cli('dbsize')).toBe('0');
      expect(await stage.redis.cli('info', 'stats')).toMatch(/total_connections_received:[1-3]\r?\n/);
    });
  });

  it('never throw, and tell of what cannot be', async ({ stage }) => {
    const { stdout, stderr } = await stage.runScript(
      'redis',
      `const counter = redis.redisCounter({ name: 'orders_total', help: 'Orders.', labelNames: ['b', 'a'] });
      const gauge = redis.redisGauge({ name: 'shared_level', help: 'Level.' });
      counter.inc({ a: 'x', b: 1 });
      counter.inc({ b: 1, a: 'x' }, 0.5);
      counter.inc({ a: 'quote " backslash \\\\ line \\n é' });
      counter.inc({ a: 'x' }, -1);
      counter.inc({ c: 'x' });
      counter.inc({}, NaN);
      gauge.set(7); gauge.inc(); gauge.inc({}, 0.5); gauge.dec(2); gauge.dec({}, 1);
      redis.saveRedisMetrics().then(registry.exposition).then((text) => process.stdout.write(text));
      setTimeout(() => {}, 500);`,
    );
    const samples = parseExposition(stdout);
    expect([...samples].filter(([series]) => series.startsWith('shared_'))).toEqual([
      ['shared_orders_total{a="x",b="1",application="my-api"}', 1.5],
      ['shared_orders_total{a="quote \\" backslash \\\\ line \\n é",application="my-api"}', 1],
      ['shared_level{application="my-api"}', 5.5],
    ]);
    expect(stderr).toContain('shared_orders_total was not changed: the value -1 is not possible (reported once)');
  });

  it('of other types and of others in the same place do not break the scrape', async ({ stage }) => {
    await stage.redis.cli('set', 'prom:my-api:shared_level', 'text');
    await stage.redis.cli('hset', KEY, 'not ours', '5', '[["channel","web"]]', '2', '[["other","x"]]', '3');
    const { stdout, stderr } = await stage.runScript(
      'redis',
      `const counter = redis.redisCounter({ name: 'orders_total', help: 'Orders.', labelNames: ['channel'] });
      registry.exposition().then((text) => {
        redis.redisGauge({ name: 'shared_level', help: 'Level.' }).set(7);
        counter.inc({ channel: 'web' });
        redis.saveRedisMetrics().then((saved) => process.stdout.write(text + '\\n# HELP saved ' + saved + '\\n'));
      });
      setTimeout(() => {}, 500);`,
    );
    expect(parseExposition(stdout).get(ORDERS)).toBe(2);
    expect(stdout).toContain('\n# HELP saved true\n');
    expect(stderr).toContain('a number in Redis is not shown');
    expect(stderr).toMatch(/Redis refused to change a metric: prom:my-api:shared_level: .*WRONGTYPE/);
    expect(await stage.redis.cli('hget', KEY, '[["channel","web"]]')).toBe('3');
  });

  it('need little memory while Redis is away, however many changes or series there are', async ({ stage }) => {
    await stage.redis.stop();
    const { stdout } = await stage.runScript(
      'redis',
      `const counter = redis.redisCounter({ name: 'orders_total', help: 'Orders.', labelNames: ['n'] });
      const heap = () => { gc(); return process.memoryUsage().heapUsed / 2 ** 20; };
      const start = heap();
      let slowest = 0;
      const count = (series) => {
        for (let i = 0; i < 100000; i++) {
          const begin = performance.now();
          counter.inc({ n: i % series });
          slowest = Math.max(slowest, performance.now() - begin);
        }
      };
      const wait = () => new Promise((done) => setTimeout(done, 1500));
      (async () => {
        count(100); await wait();
        const few = heap() - start;
        count(100000); await wait();
        const many = heap() - start;
        const text = await registry.exposition();
        console.log(JSON.stringify({ few, many, slowest, dropped: Number(/dropped_total{.*} (.*)/.exec(text)[1]) }));
        process.exit();
      })();`,
    );
    const { few, many, slowest, dropped } = JSON.parse(stdout);
    console.log(
      `heap after 100,000 changes without Redis: ${few.toFixed(2)} MiB (100 series), ${many.toFixed(2)} MiB (100,000 series); the slowest took ${slowest.toFixed(2)} ms`,
    );
    expect(few).toBeLessThan(1);
    expect(many).toBeLessThan(8);
    // 10,000 wait, and a batch that was taken from them before.
    expect(dropped).toBeGreaterThanOrEqual(100_000 - 10_000 - 500);
    expect(dropped).toBeLessThan(100_000);
  });
});

async function goAway(stage: Stage, client: ClientName, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { port } = await stage.start(client, 2);
  const before = (await scrape(port)).samples.get(ORDERS) ?? 0;
  const load = startLoad(port);
  await Promise.all([load.more(enough), sleep(500)]);
  await stage.redis.stop(signal);
  await Promise.all([load.more(enough), sleep(500)]);
  await expectAway(port);
  await Promise.all([load.more(enough), sleep(500)]);
  await stage.redis.start();
  await Promise.all([load.more(enough), sleep(500)]);
  const answers = await load.stop();

  expectUnharmed(answers);
  await untilOrders(port, before + answers.length);
  const { samples } = await scrape(port);
  expect([samples.get(LOCAL), samples.get(MONEY)]).toEqual([answers.length, (before + answers.length) / 4]);
}

async function hang(stage: Stage, client: ClientName, ms: number): Promise<void> {
  const { port } = await stage.start(client, 2);
  const load = startLoad(port);
  await Promise.all([load.more(enough), sleep(500)]);
  stage.redis.pause();
  // Longer than five seconds: the connections are given up, and what was sent on them is sent again.
  const until = Date.now() + ms;
  await load.more(enough);
  while (Date.now() < until) await expectAway(port);
  stage.redis.resume();
  await Promise.all([load.more(enough), sleep(200)]);
  const answers = await load.stop();

  expectUnharmed(answers);
  await untilOrders(port, answers.length);
  await sleep(1500);
  expect((await scrape(port)).samples.get(ORDERS)).toBe(answers.length);
}

/** The scrape is there, in time, without what is in Redis. */
async function expectAway(port: number): Promise<void> {
  const { samples, ms } = await scrape(port);
  expect([samples.get(UP), samples.has(ORDERS), samples.has(LOCAL)]).toEqual([0, false, true]);
  expect(ms).toBeLessThan(1000);
}

function expectUnharmed(answers: readonly { status: number; ms: number }[]): void {
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  // On a busy machine; a request that waited for Redis would take three seconds and more.
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(2500);
}
