import { type Check, CheckError, type Finding } from './check.js';
import { samplesOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass, skip } from './finding.js';
import { requireAnswers, sendAll } from './load.js';
import { readScrape } from './open-service.js';
import { findRedisServer, type PrivateRedis, startRedis } from './process/redis-server.js';
import type { Service, StartedService } from './service.js';

const boundSeconds = 1;
const scrapesEach = 4;
const scrapeTimeoutMs = 3_000;
const connectMs = 5_000;
const requests = 20;
const up = 'redis_metrics_up';

/** Redis goes away while the service runs. */
export const redis: Check = {
  id: 'redis',
  title: 'Without Redis the rest is there',
  expected: `with Redis hanging, and gone: scrapes within ${boundSeconds} s, ${up} 0, the other metrics as before`,
  needsRest: false,
  disturbs: true,
  limitSeconds: 60,

  cannotRun({ options, started, startFailed }) {
    if (!options.redis) return 'no metrics in Redis, as far as is known';
    if (startFailed) return undefined;
    if (started === undefined)
      return 'only with --start: the service is run with a Redis of its own, which is then stopped';
    if (findRedisServer() === undefined) return 'redis-server is not on the PATH, and no Redis of yours is stopped';
    return undefined;
  },

  async run(service) {
    const { started } = service;
    const program = findRedisServer();
    if (started === undefined || program === undefined) throw new Error('cannot run');
    const server = await startRedis(program);
    try {
      return await withRedis(service, started, server);
    } finally {
      await server.remove();
      await started.restart();
    }
  },
};

async function withRedis(service: Service, started: StartedService, server: PrivateRedis): Promise<Finding> {
  await started.restart({ REDIS_URL: server.url });
  requireAnswers(
    await sendAll(
      service,
      Array.from({ length: requests }, () => ({ path: service.path })),
    ),
  );
  const before = await untilUp(service);
  const value = upOf(before);
  if (value === undefined)
    return fail(`no ${up} while Redis is there`, 'Alerts cannot see that Redis is away: export a gauge that says so.');
  if ((await server.clients()) === 0) {
    return skip('the service does not take the address of its Redis from REDIS_URL');
  }
  if (value !== 1)
    return fail(
      `${up} is ${value} while Redis is there`,
      'It says that Redis is away when it is not: see the log of the service.',
    );

  server.signal('SIGSTOP');
  const hanging = await lookWithoutRedis(service, before, 'hanging');
  server.signal('SIGCONT');
  server.signal('SIGKILL');
  const gone = await lookWithoutRedis(service, before, 'gone');
  const faults = [...hanging.faults, ...gone.faults];
  const measured = `slowest scrape with Redis hanging ${hanging.slowest}, gone ${gone.slowest}`;
  if (faults.length === 0) return pass(`${measured}; ${up} 0`);
  return fail(
    `${measured}; ${faults.join('; ')}`,
    'A scrape that waits for Redis, or fails with it, blinds you in the outage that you want to see: bound the time for its answer, ' +
      `export ${up} 0 instead of its metrics, and leave everything else in the exposition.`,
  );
}

/** Scrapes until Redis is seen, or some time has passed. */
async function untilUp(service: Service): Promise<Exposition> {
  const end = performance.now() + connectMs;
  for (;;) {
    const exposition = await service.scrape();
    if (upOf(exposition) === 1 || performance.now() > end) return exposition;
    await service.pause(100);
  }
}

interface Look {
  readonly slowest: string;
  readonly faults: readonly string[];
}

async function lookWithoutRedis(service: Service, before: Exposition, how: string): Promise<Look> {
  const faults = new Set<string>();
  let slowest = 0;
  for (let time = 0; time < scrapesEach; time += 1) {
    try {
      const answer = await service.client.fetchMetrics({ timeoutMs: scrapeTimeoutMs });
      slowest = Math.max(slowest, answer.seconds);
      if (answer.seconds > boundSeconds) faults.add(`over ${boundSeconds} s with Redis ${how}`);
      for (const fault of faultsIn(readScrape(answer), before, service.metrics.counter))
        faults.add(`${fault} with Redis ${how}`);
    } catch (error) {
      if (!(error instanceof CheckError)) throw error;
      faults.add(`${error.message} with Redis ${how}`);
      slowest = Number.POSITIVE_INFINITY;
    }
  }
  const shown = Number.isFinite(slowest) ? `${Math.round(slowest * 1000)} ms` : 'unanswered';
  return { slowest: shown, faults: [...faults] };
}

function faultsIn(now: Exposition, before: Exposition, counter: string): string[] {
  const value = upOf(now);
  const faults = value === 0 ? [] : [`${up} is ${value ?? 'not there'}`];
  if (sumOf(now, counter) < sumOf(before, counter)) faults.push(`${counter} is lower, or not there,`);
  return faults;
}

function upOf(exposition: Exposition): number | undefined {
  return samplesOf(exposition, up)[0]?.value;
}
