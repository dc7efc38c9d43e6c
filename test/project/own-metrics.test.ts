import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Histogram, Summary } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import type { FoundInCode } from '../../src/project/own-metrics.js';
import { makeFolder, type Texts, writeFiles } from '../cli/support/folders.js';
import { addMetrics } from '../cli/support/run.js';
import { manifestOf, sampleApp } from '../cli/support/sample-app.js';
import { ownMetricsOf } from '../support/own-metrics.js';

/** The sample app after `add`, for tests that take away what they put there. */
let sample: string;
beforeAll(async () => {
  sample = mkdtempSync(join(tmpdir(), 'apm-own-metrics-'));
  writeFiles(sample, sampleApp);
  await addMetrics(sample);
});
afterAll(() => rmSync(sample, { recursive: true, force: true }));

/** The metrics of the sample app with these files. */
function found(files: Texts): FoundInCode {
  writeFiles(sample, files);
  try {
    return ownMetricsOf(sample);
  } finally {
    for (const path of Object.keys(files)) rmSync(join(sample, path));
  }
}

describe('metrics that the code declares', () => {
  it('by the classes of the client: imported, required, renamed, in classes, with constants of other files', async () => {
    const { metrics, problems } = found({
      'names.js': `exports.PREFIX_ORDERS = 'orders_total'; exports.labels = ['channel'];`,
      'orders.js': `const client = require('prom-client');
const { PREFIX_ORDERS, labels } = require('./names');
exports.orders = new client.Counter({ name: PREFIX_ORDERS, help: 'Orders placed', labelNames: labels });
`,
      'jobs.mjs': `import { Gauge as G, Histogram, Summary } from 'prom-client';
const help = 'Jobs that wait';
export class Jobs {
  waiting = new G({ name: 'queued_jobs', help, aggregator: 'max' });
  time = new Histogram({ name: \`job_duration_seconds\`, help: 'Time', labelNames: ['kind'], buckets: [0.1, 1, 10] });
  size = new Summary({ name: 'job_size_bytes', help: 'Size' });
}
`,
    });
    expect(problems).toEqual([]);
    expect(metrics).toMatchObject([
      {
        name: 'job_duration_seconds',
        type: 'histogram',
        labels: ['kind'],
        path: 'jobs.mjs',
        line: 5,
      },
      { name: 'job_size_bytes', type: 'summary', labels: [], help: 'Size' },
      { name: 'orders_total', type: 'counter', labels: ['channel'], help: 'Orders placed', path: 'orders.js', line: 3 },
      { name: 'queued_jobs', type: 'gauge', aggregator: 'max', help: 'Jobs that wait', inRedis: false },
    ]);
  });

  it('by names, labels and options that are put together of constants', async () => {
    const { metrics, problems } = found({
      'names.mjs': `export const PREFIX = 'shop_';
export const LABELS = ['queue', 'state'];
export const common = { help: 'Waiting', labelNames: ['page'], aggregator: 'max' };
`,
      'jobs.mjs': `import { Counter, Gauge } from 'prom-client';
import { PREFIX, LABELS, common } from './names.mjs';
const unit = 'total';
export const jobs = new Counter({ name: \`\${PREFIX}jobs_\${unit}\`, help: 'Jobs', labelNames: [...LABELS, 'kind'] });
export const depth = new Gauge({ ...common, name: PREFIX + 'queue' + '_depth' });
export const other = new Gauge({ ...common, name: 'other', help: 'Other' });
export const dynamic = new Counter({ name: PREFIX + process.env.NAME, help: 'x' });
export const labels = new Counter({ name: 'x_total', help: 'x', labelNames: [...process.env.LABELS] });
const round = 'a' + round;
const list = [...list];
const options = { ...options, help: 'x' };
new Counter({ name: round, help: 'x' });
new Counter({ name: 'y_total', help: 'x', labelNames: list });
new Counter({ ...options });
`,
    });
    expect(metrics).toMatchObject([
      { name: 'other', help: 'Other', labels: ['page'] },
      { name: 'shop_jobs_total', labels: ['queue', 'state', 'kind'] },
      { name: 'shop_queue_depth', help: 'Waiting', labels: ['page'], aggregator: 'max' },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([7, 8, 12, 13, 14]);
  });

  it.each([
    ['CommonJS', sampleApp, 'shop.js', `const { counter, gauge } = require('./metrics');`],
    [
      'ES modules',
      {
        'package.json': manifestOf({ type: 'module' }),
        'app.js': `import express from 'express';\nconst app = express();\napp.listen(3000);\n`,
      },
      'shop.js',
      `import { counter, gauge } from './metrics/index.js';`,
    ],
    [
      'TypeScript',
      {
        'package.json': manifestOf({ main: 'app.ts', scripts: { start: 'tsx app.ts' } }),
        'tsconfig.json': '{ "compilerOptions": { "module": "commonjs", "esModuleInterop": true } }',
        'app.ts': `import express from 'express';\nconst app = express();\napp.listen(3000);\n`,
      },
      'shop.ts',
      `import { counter, gauge } from './metrics';`,
    ],
  ])(
    'by the generated helpers, in %s, custom included, the examples and the defaults not',
    async (_, app, path, imports) => {
      const root = makeFolder(app);
      await addMetrics(root);
      const custom = `metrics/custom.${path.endsWith('.ts') ? 'ts' : 'js'}`;
      const workspace = new Workspace(root);
      const registry = path.endsWith('.ts') ? './registry' : './registry.js';
      const load = imports.startsWith('import')
        ? `import { histogram } from '${registry}';`
        : `const { histogram } = require('./registry');`;
      writeFileSync(
        join(root, custom),
        `${load}\n${workspace.read(custom)}\nhistogram({ name: 'mail_duration_seconds', help: 'Mail', labelNames: ['to'] });\n`,
      );
      writeFiles(root, {
        [path]: `${imports}\ncounter({ name: 'orders_total', help: 'Orders' });\ngauge({ name: 'open_carts', help: 'Carts', aggregator: 'average' });\n`,
      });
      const { metrics, problems } = ownMetricsOf(root);
      expect(problems).toEqual([]);
      expect(metrics.map(({ name, type, path: at }) => [name, type, at])).toEqual([
        ['mail_duration_seconds', 'histogram', custom],
        ['open_carts', 'gauge', path],
        ['orders_total', 'counter', path],
      ]);
    },
  );

  it('in Redis, under the name that they are exposed by', async () => {
    const app = {
      ...sampleApp,
      'package.json': manifestOf({ dependencies: { express: '^5.0.0', ioredis: '^5.0.0' } }),
    };
    const files = {
      'stock.js': `const { redisCounter, redisGauge } = require('./metrics/redis');
redisCounter({ name: 'sales_total', help: 'Sales' });
redisGauge({ name: 'shared_stock', help: 'Stock', labelNames: ['item'] });
`,
    };
    const root = makeFolder(app);
    await addMetrics(root, '--redis');
    writeFiles(root, files);
    const { metrics } = ownMetricsOf(root);
    expect(metrics).toMatchObject([
      { name: 'shared_sales_total', type: 'counter', inRedis: true },
      { name: 'shared_stock', type: 'gauge', labels: ['item'], inRedis: true },
    ]);
  });

  it('what is not known, not valid or contradictory is said with its place', async () => {
    const { metrics, problems } = found({
      'more.js': `const { Counter, Gauge } = require('prom-client');
const { counter } = require('./metrics');
for (const kind of ['a', 'b']) new Counter({ name: kind + '_total', help: 'x' });
new Counter({ name: 'not-a-name', help: 'x' });
new Counter({ name: 'fine_total', help: 'x', labelNames: process.env.LABELS.split(',') });
new Counter({ name: 'other_total', help: 'x', labelNames: ['__reserved'] });
counter({ name: 'orders_total', help: 'Orders', labelNames: ['channel', 'shop'] });
`,
      'orders.js': `const { Counter, Gauge } = require('prom-client');
new Counter({ name: 'orders_total', help: 'Orders', labelNames: ['channel'] });
new Gauge({ name: 'orders_total', help: 'Orders' });
`,
    });
    expect(metrics.map(({ name }) => name)).toEqual(['orders_total']);
    expect(problems.map(({ path, line, reason }) => `${path}:${line} ${reason}`).sort()).toEqual([
      'more.js:3 the name of this counter is known only when the code runs',
      'more.js:4 "not-a-name" is not a metric\'s name',
      'more.js:5 the labels of fine_total are known only when the code runs',
      'more.js:6 "__reserved", of other_total, is not a label\'s name',
      'more.js:7 orders_total has the labels channel, shop here and channel in orders.js:2',
      'orders.js:3 orders_total is a gauge here and a counter in orders.js:2',
    ]);
  });

  it.each([
    ['a default metric of ours', `new Gauge({ name: 'app_info', help: 'x' });`, 'app_info'],
    ["one of the client's", `new Gauge({ name: 'nodejs_version_info', help: 'x' });`, 'nodejs_version_info'],
    ['labels that are not known', `new Counter({ name: 'http_requests_total', help: 'x', labelNames: l() });`],
    ['the default registry', `new Counter({ name: 'http_requests_total', help: 'x', registers: [client.register] });`],
    ['a registry that is not known', `new Counter({ name: 'http_requests_total', help: 'x', registers: [own] });`],
    ['a factory', `const make = (o) => new Counter(o);\nmake({ name: 'http_requests_total', help: 'x' });`],
  ])('a name that is taken clashes: %s', (_, code, name = 'http_requests_total') => {
    const text = `const client = require('prom-client');\nconst { Counter, Gauge } = client;\n${code}\n`;
    const { metrics, problems, clashing } = found({ 'own.js': text });
    expect(clashing).toEqual([{ path: 'own.js', line: text.split('\n').length - 1, name }]);
    expect(metrics).toEqual([]);
    expect(problems.filter(({ reason }) => reason.includes(name))).toEqual([]);
  });

  it.each([
    ['collectDefaultMetrics();', true],
    ['client.collectDefaultMetrics({ gcDurationBuckets: [1] });', true],
    ['collectDefaultMetrics({ register: client.register });', true],
    ['collectDefaultMetrics({ register: new client.Registry() });', false],
    ["collectDefaultMetrics({ prefix: 'own_' });", false],
    ['({ collectDefaultMetrics() {} }).collectDefaultMetrics();', false],
  ])('the default metrics may be started late, in a function: %s', (code, isLate) => {
    const text = `const client = require('prom-client');\nconst { collectDefaultMetrics } = client;\nexports.f = () => {\n${code}\n};\n`;
    const { startsLate } = found({ 'own.js': text });
    expect(startsLate).toEqual(isLate ? [{ path: 'own.js', line: 4 }] : []);
  });

  it('the default metrics are started in time by a module without the app, and late by what follows it', () => {
    const load = "require('prom-client').collectDefaultMetrics();\n";
    const app = readFileSync(join(sample, 'app.js'), 'utf8');
    const { startsLate } = found({
      'own.js': load,
      'server.js': `require('./app');\n${load}`,
      'early.js': app.replace('const app', `${load}const app`),
      'late.js': app + load,
    });
    const lines = app.split('\n').length;
    expect(startsLate).toEqual([
      { path: 'late.js', line: lines },
      { path: 'server.js', line: 2 },
    ]);
  });

  it("what the endpoint does not show, because it is in a registry of the target's own, is said and clashes with nothing", () => {
    const { metrics, problems, clashing } = found({
      'own.ts': `import { Counter, Gauge, register, Registry } from 'prom-client';
const registry = new Registry();
new Counter({ name: 'http_requests_total', help: 'x', registers: [registry] });
new Counter({ name: 'both_total', help: 'x', registers: [registry, register] });
class Jobs {
  private readonly own: Registry;
  constructor(private readonly given: Registry) {
    this.own = new Registry();
    new Gauge({ name: 'jobs', help: 'x', registers: [this.own] });
    new Gauge({ name: 'given', help: 'x', registers: [this.given] });
  }
}
const make = (options: object) => new Counter({ ...options, registers: [registry] });
make({ name: 'made_total', help: 'x' });
`,
    });
    expect(clashing).toEqual([]);
    expect(metrics.map(({ name }) => name)).toEqual(['both_total', 'given']);
    const notShown = 'is in a registry of its own, which the metrics endpoint does not show';
    expect(
      problems.filter(({ reason }) => !reason.includes('known only')).map(({ line, reason }) => [line, reason]),
    ).toEqual([
      [3, `http_requests_total ${notShown}`],
      [9, `jobs ${notShown}`],
      [14, `made_total ${notShown}`],
    ]);
  });

  it('what the client refuses is said: reserved labels, arguments in a row', () => {
    const { metrics, problems } = found({
      'own.js': `const { Counter, Histogram, Summary } = require('prom-client');
new Histogram({ name: 'a_seconds', help: 'x', labelNames: ['le'] });
new Summary({ name: 'b_seconds', help: 'x', labelNames: ['quantile'] });
new Counter({ name: 'c_total', help: 'x', labelNames: ['le', 'quantile'] });
new Counter('legacy_total', 'Legacy', ['a']);
`,
    });
    expect(metrics.map(({ name }) => name)).toEqual(['c_total']);
    expect(problems.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '2 "le", of a_seconds, is not a label\'s name',
      '3 "quantile", of b_seconds, is not a label\'s name',
      '5 legacy_total is described by arguments in a row, which the client takes before version 11 only',
    ]);
    for (const declare of [
      () => new Histogram({ name: 'a_seconds', help: 'x', labelNames: ['le'], registers: [] }),
      () => new Summary({ name: 'b_seconds', help: 'x', labelNames: ['quantile'], registers: [] }),
      () => Reflect.construct(Counter, ['legacy_total', 'Legacy', ['a']]),
    ]) {
      expect(declare).toThrow();
    }
    new Counter({ name: 'c_total', help: 'x', labelNames: ['le', 'quantile'], registers: [] });
  });

  it("files of the user's in the generated folder are the user's; a default metric by a helper is said", () => {
    const { metrics, problems, clashing } = found({
      'metrics/orders.js': `const { counter } = require('./registry');
counter({ name: 'orders_total', help: 'Orders' });
counter({ name: 'http_requests_total', help: 'x' });
`,
    });
    expect(metrics).toMatchObject([{ name: 'orders_total', path: 'metrics/orders.js', line: 2 }]);
    expect(problems).toEqual([
      {
        path: 'metrics/orders.js',
        line: 3,
        reason: 'http_requests_total is a default metric, to which this one would add',
      },
    ]);
    expect(clashing).toEqual([]);
  });

  it('tests and look-alikes of other packages are none', () => {
    const { metrics } = found({
      'test/orders.test.js': `const { Counter } = require('prom-client'); new Counter({ name: 'test_total', help: 'x' });`,
      'other.js': `const { Counter } = require('./counter'); new Counter({ name: 'people_total', help: 'x' });`,
      'counter.js': `exports.Counter = class { constructor(options) { this.options = options; } };`,
    });
    expect(metrics).toEqual([]);
  });
});
