import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogueFor } from '../../src/metrics/catalogue.js';
import {
  bound,
  durationQuantile,
  errorRate,
  literally,
  quoted,
  requestRate,
  selector,
  sumBy,
} from '../../src/monitoring/promql.js';
import { parsePromql, selectorsOf } from './grafana/support/promql.js';
import { prometheusBinary } from './prometheus/support/binaries.js';
import { type Server, startServer } from './prometheus/support/server.js';

const prometheus = await prometheusBinary('prometheus');

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'"\\\n\t\r$`\'{}\u2028\uFFFD\u0000\u007F'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe.skipIf(prometheus === undefined)('in a real Prometheus', () => {
  let folder: string;
  let server: Server;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'promql-'));
    await writeFile(path.join(folder, 'prometheus.yml'), '');
    server = await startServer(prometheus ?? '', folder, (stop) => stops.push(stop));
  });

  afterAll(async () => {
    for (const stop of stops) await stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('a quoted text is that text', async () => {
    const isThatText = async (text: string) => {
      const { result } = (await server.api('query', { query: quoted(text) })) as { result: readonly [number, string] };
      expect(result[1]).toBe(text);
    };
    await fc.assert(fc.asyncProperty(anyText, isThatText), { numRuns: 300 });
    await isThatText('a "quoted" \\ text\nof two lines, with 🙂');
  });

  it('half a surrogate pair is quoted as what stands for it', async () => {
    const { result } = (await server.api('query', { query: quoted('a\uD83D') })) as {
      result: readonly [number, string];
    };
    expect(result[1]).toBe('a\uFFFD');
  });

  /** Whether a label of this value is chosen by this matcher. */
  async function chooses(matcher: ReturnType<typeof bound>, value: string): Promise<boolean> {
    const [operator, operand] = typeof matcher === 'string' ? (['=', matcher] as const) : matcher;
    const expression = operator === '=~' ? quoted(operand) : quoted(literally(operand));
    const copied = `label_replace(label_replace(vector(1), "le", ${quoted(value.replace(/\$/g, '$$$$'))}, "", ""), "hit", "yes", "le", ${expression})`;
    const [sample] = await server.query(copied);
    expect(sample?.metric['le'] ?? '').toBe(value);
    return sample?.metric['hit'] === 'yes';
  }

  it('a text taken literally matches itself, and not what it would as an expression', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await chooses(['=~', literally(text)], text)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect(await chooses(['=~', literally('a.b')], 'axb')).toBe(false);
    expect(await chooses(['=~', literally('a|b')], 'a')).toBe(false);
  });

  it.each([
    [0.25, ['0.25']],
    [1, ['1', '1.0']],
    [10, ['10', '10.0']],
    [0.00005, ['0.00005', '5e-05']],
    [0.0001, ['0.0001']],
    [1e-7, ['1e-7', '1e-07']],
    [2_500_000, ['2500000', '2500000.0', '2.5e+06']],
  ])('a bound of %d s is found as clients and servers write it', async (seconds, spellings) => {
    const written = new Set([String(seconds), ...spellings]);
    for (const spelling of written) expect(await chooses(bound(seconds), spelling), spelling).toBe(true);
    for (const other of [`1${seconds}`, `${seconds}1`, String(seconds).replace('.', 'x'), '+Inf']) {
      if (!written.has(other)) expect(await chooses(bound(seconds), other), other).toBe(false);
    }
  });
});

describe('expressions', () => {
  const catalogue = catalogueFor({ flavour: 'node', multiprocess: false, redis: false });
  const service = { application: 'a "b"' };

  it('select what they are told', () => {
    expect(selector('up', {})).toBe('up');
    expect(selector('up', { job: 'a', instance: ['=~', 'b|c'] })).toBe('up{job="a",instance=~"b|c"}');
  });

  it('keep the labels that they are told', () => {
    expect(sumBy('up', [])).toBe('sum(up)');
    expect(sumBy('up', ['job', 'instance'])).toBe('sum by (job, instance) (up)');
  });

  it('take the rate before the sum, over the window', () => {
    expect(requestRate(catalogue, service, '5m', ['route'])).toBe(
      'sum by (route) (rate(http_requests_total{application="a \\"b\\""}[5m]))',
    );
  });

  it.each([[[]], [['route']]])('are PromQL by %j, and select by name', (by) => {
    const all = [
      requestRate(catalogue, service, '5m', by),
      errorRate(catalogue, service, '5m', by),
      durationQuantile(catalogue, 0.99, service, '5m', by),
    ];
    for (const expression of all) {
      parsePromql(expression);
      for (const { matchers } of selectorsOf(expression)) {
        expect(matchers).toContainEqual({ label: 'application', operator: '=', value: 'a "b"' });
      }
    }
  });

  it('keep the bound of buckets together with the labels', () => {
    expect(durationQuantile(catalogue, 0.9, {}, '1m', [])).toBe(
      'histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))',
    );
  });
});
