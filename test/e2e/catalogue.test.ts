import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, catalogueFor } from '../../src/metrics/catalogue.js';
import type { Metric } from '../../src/metrics/metric.js';
import { runCliJson } from '../support/cli.js';
import { type Exposition, samplesOf } from '../support/exposition.js';
import { loadFixtures } from '../support/fixture.js';
import { send } from '../support/http-client.js';
import { bootTarget, createTarget, removeTarget } from '../support/target.js';
import { scrapeSettled } from '../support/traffic.js';

const SUFFIXES = { counter: '', gauge: '', histogram: '_count', summary: '_count' } as const;

const REQUESTS = [...Array<string>(200).fill('/'), '/no/such/page'];
/** So that garbage is collected while the test looks: before, that metric has no series. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-semi-space-size=1' };

/** A service made by `add`, scraped after some requests. */
async function exposed(...flags: string[]): Promise<Exposition> {
  const fixture = loadFixtures('serving').find(({ name }) => name === 'launcher-cjs');
  if (fixture === undefined) throw new Error('no fixture launcher-cjs');
  const target = await createTarget(fixture);
  try {
    await runCliJson('add', target.dir, '--yes', '--no-install', '--force', ...flags);
    const launched = { ...target, fixture: { ...fixture, start: startOf(flags) } };
    const app = await bootTarget(launched, SMALL_HEAP);
    try {
      const origin = { port: app.port };
      for (const path of REQUESTS) await send(origin, { method: 'GET', path });
      return await scrapeSettled(origin, REQUESTS.length);
    } finally {
      await app.stop();
    }
  } finally {
    await removeTarget(target);
  }
}

function startOf(flags: readonly string[]): readonly [string, ...string[]] {
  return flags.includes('--workers') ? ['node', 'metrics/cluster.js', 'server.js'] : ['node', 'server.js'];
}

function describeMetric(exposition: Exposition, metric: Metric): object {
  const family = exposition.families.get(metric.name);
  const samples = samplesOf(exposition, metric.name + SUFFIXES[metric.type]);
  const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
  return { name: metric.name, type: family?.type, help: family?.help, labels: [...labels].sort() };
}

function described(metric: Metric, { multiprocess }: Catalogue): object {
  const worker = multiprocess && metric.perWorker ? ['worker'] : [];
  const { name, type, help } = metric;
  return { name, type, help, labels: [...metric.labels, ...worker, 'application'].sort() };
}

describe.each([
  { multiprocess: false, flags: [] },
  { multiprocess: true, flags: ['--workers', '2'] },
])('the catalogue, with several processes: $multiprocess', ({ multiprocess, flags }) => {
  const catalogue = catalogueFor({ flavour: 'node', multiprocess, redis: false });
  let exposition: Exposition;

  beforeAll(async () => {
    exposition = await exposed(...flags);
  }, 60_000);

  it.each(Object.values(catalogue.metrics))('$name is exposed as it is written there', (metric) => {
    expect(describeMetric(exposition, metric)).toEqual(described(metric, catalogue));
  });

  it('has every metric that is not the client’s own', () => {
    const names = new Set(Object.values(catalogue.metrics).map(({ name }) => name));
    const others = [...exposition.families.keys()].filter((name) => !/^(process|nodejs)_/.test(name));
    expect(others.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('a prefix', () => {
  let names: string[];

  beforeAll(async () => {
    names = [...(await exposed('--prefix', 'shop_')).families.keys()];
  }, 60_000);

  it('stands before the HTTP metrics, and nothing else', () => {
    const { metrics } = catalogueFor({ flavour: 'node', prefix: 'shop_', multiprocess: false, redis: false });
    expect(names).toEqual(expect.arrayContaining(Object.values(metrics).map(({ name }) => name)));
    expect(names.filter((name) => name.startsWith('http_'))).toEqual([]);
    expect(names.filter((name) => name.startsWith('shop_') && !name.startsWith('shop_http_'))).toEqual([]);
  });
});
