import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { samplesOf, sumOf } from '../../support/exposition.js';
import { send } from '../../support/http-client.js';
import { createRedis, findRedis, type RedisServer } from '../../support/redis.js';
import { scrape } from '../../support/traffic.js';
import { createService, eventually, get } from './support.js';

const binary = await findRedis();

const app = `
from flask import Flask, request
from metrics import instrument
from metrics.redis_metrics import RedisCounter, RedisGauge

app = Flask(__name__)
instrument(app)
signups = RedisCounter("signups_total", "Users who signed up.", ["plan"])
maintenance = RedisGauge("shared_maintenance", "Whether in maintenance.")

@app.route("/pid")
@app.route("/signup/<plan>")
def signup(plan="x"):
    signups.inc(plan=plan)
    signups.inc(wrong="label")
    signups.inc(-1, plan=plan)
    return "ok"

@app.route("/maintenance/<int:on>")
def set_maintenance(on):
    maintenance.set(on)
    return "ok"
`;

describe.skipIf(binary === undefined)('metrics in Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await createRedis(binary ?? '');
    await redis.start();
  });
  afterAll(() => redis.remove());

  test.for([
    { flavour: 'client', environment: 'old', options: ['-k', 'gevent', '--preload'] },
    { flavour: 'exporter', environment: 'new', options: ['-k', 'gthread', '--threads', '2'] },
  ] as const)(
    '$flavour, $environment: one truth, kept over restarts, and over a Redis that is away',
    async ({ flavour, environment, options }, context) => {
      await redis.cli('flushall');
      const service = await createService(context, {
        flavour,
        environment,
        answers: { redis: true },
        files: { 'app.py': app },
      });
      const env = { REDIS_URL: redis.url };
      const running = await service.gunicorn(['-w', '3', ...options], env);
      await get(running, '/signup/free', 40);
      await get(running, '/signup/paid', 20);
      await get(running, '/maintenance/1');
      await eventually(async () => {
        const seen = await scrape(running);
        const [free, paid] = ['free', 'paid'].map((plan) => sumOf(seen, 'shared_signups_total', { plan }));
        return free === 40 && paid === 20 && sumOf(seen, 'shared_maintenance') === 1;
      });
      for (let time = 0; time < 20; time++) {
        const exposition = await scrape(running);
        expect(samplesOf(exposition, 'shared_signups_total')).toHaveLength(2);
        expect(sumOf(exposition, 'shared_maintenance')).toBe(1);
        expect(sumOf(exposition, 'redis_metrics_up')).toBe(1);
      }
      expect(await redis.cli('hgetall', 'prom:shop:shared_signups_total')).toContain('[["plan","free"]]\n40');
      await running.stop();

      const again = await service.gunicorn(['-w', '2', ...options], env);
      expect(sumOf(await scrape(again), 'shared_signups_total')).toBe(60);

      redis.pause();
      const started = Date.now();
      const { body, status } = await send(again, { method: 'GET', path: '/metrics' });
      expect(status).toBe(200);
      expect(Date.now() - started).toBeLessThan(1_500);
      expect(body).toContain('redis_metrics_up 0.0');
      expect(body).toContain('app_info');
      await get(again, '/signup/free', 10);
      redis.resume();
      await eventually(async () => sumOf(await scrape(again), 'shared_signups_total', { plan: 'free' }) === 50);

      await redis.stop('SIGKILL');
      await get(again, '/signup/free', 10);
      expect(sumOf(await scrape(again), 'redis_metrics_up')).toBe(0);
      await redis.start();
      await eventually(async () => sumOf(await scrape(again), 'shared_signups_total', { plan: 'free' }) === 60);
      await get(again, '/signup/free', 5);
      // A worker that ends by itself sends what waits.
      await again.stop();
      expect(await redis.cli('hget', 'prom:shop:shared_signups_total', '[["plan","free"]]')).toBe('65');
    },
  );
});
