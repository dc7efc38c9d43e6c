import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadFixtures } from '../support/fixture.js';
import { commitAll, git, makeFolder, makeRepository, type Texts, writeFiles } from './support/folders.js';
import { addMetrics, run, runJson } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

const dashboardPath = 'monitoring/grafana/dashboards/shop-api.json';
const orders = `const { counter } = require('./metrics');
exports.orders = counter({ name: 'orders_total', help: 'Orders placed', labelNames: ['channel'] });
`;

/** The sample app after `add`, committed. */
async function added(): Promise<string> {
  const root = makeRepository(sampleApp);
  await addMetrics(root);
  commitAll(root);
  return root;
}

/** A metric that the code declares since. */
const declared: Readonly<Record<'node' | 'flask', Texts>> = {
  node: { 'orders.js': orders },
  flask: {
    'orders.py': `from prometheus_client import Counter
orders = Counter("orders_total", "Orders placed", ["channel"])
`,
  },
};

/** What shows the metric, by fixture: the dashboard wherever it is written, and the text about it. */
const shownIn: Readonly<Record<string, readonly string[]>> = {
  compose: ['monitoring/README.md', 'monitoring/grafana/dashboards/shop.json'],
  helm: ['deploy/chart/monitoring/shop.json', 'monitoring/README.md', 'monitoring/grafana/dashboards/shop.json'],
  kubernetes: [
    'monitoring/README.md',
    'monitoring/grafana/dashboards/shop.json',
    'monitoring/kubernetes/dashboard.yaml',
  ],
  'module-level': ['monitoring/README.md', 'monitoring/grafana/dashboards/shop.json'],
};

const fixtures = [
  ...loadFixtures('monitoring').map((fixture) => ({ ...fixture, language: 'node' as const })),
  ...loadFixtures('flask').map((fixture) => ({ ...fixture, language: 'flask' as const })),
].filter(({ name }) => name in shownIn);

describe('dashboard, on a repository of each kind', () => {
  test.each(fixtures)(
    '$name: renews all that shows the metrics, and nothing else',
    async ({ name, language, folder }) => {
      const root = makeFolder();
      cpSync(folder, root, { recursive: true });
      git(root, 'init', '--quiet', '--initial-branch=main');
      commitAll(root);
      await addMetrics(root, '--app-tag', 'shop');
      writeFiles(root, declared[language]);
      commitAll(root);
      const check = await run(['add', root, '--check']);
      expect(check).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('add-prom-metrics dashboard') });

      const { exitCode, report } = await runJson(['dashboard', root]);
      expect(exitCode, JSON.stringify(report.error)).toBe(0);
      expect(report.changes.map(({ path }) => path)).toEqual(['add-prom-metrics.json', ...(shownIn[name] ?? [])]);
      for (const path of shownIn[name] ?? []) expect(readFileSync(join(root, path), 'utf8')).toContain('orders_total');
      expect((await run(['add', root, '--check=latest'])).exitCode).toBe(0);
    },
  );
});

describe('dashboard', () => {
  test('shows a metric that the code has declared since, and changes nothing else', async () => {
    const root = await added();
    writeFiles(root, { 'orders.js': orders });
    commitAll(root);
    const before = treeOf(root);
    const check = await run(['add', root, '--check']);
    expect(check).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('add-prom-metrics dashboard') });
    expect((await run(['add', root, '--check=latest'])).exitCode).toBe(1);
    expect((await run(['dashboard', root, '--check'])).exitCode).toBe(1);
    expect(treeOf(root)).toEqual(before);

    const { exitCode, stdout } = await run(['dashboard', root]);
    expect(exitCode, stdout).toBe(0);
    expect(readFileSync(join(root, dashboardPath), 'utf8')).toContain('sum by (channel) (rate(orders_total');
    expect(readFileSync(join(root, 'monitoring/README.md'), 'utf8')).toContain('orders_total');
    const after = treeOf(root);
    const changed = Object.keys(after).filter((path) => after[path] !== before[path] && !path.startsWith('.git/'));
    expect(changed.filter((path) => !path.startsWith('monitoring/'))).toEqual(['add-prom-metrics.json']);
    commitAll(root);
    expect((await run(['dashboard', root, '--check'])).exitCode).toBe(0);
    expect((await run(['add', root, '--check=latest'])).exitCode).toBe(0);
  });

  test('what cannot be shown is said with its place', async () => {
    const root = await added();
    writeFiles(root, {
      'more.js': `const { Counter } = require('prom-client');\nnew Counter({ name: process.env.NAME, help: 'x' });\n`,
    });
    commitAll(root);
    const { stdout } = await run(['add', root, '--yes', '--no-install', '--dry-run']);
    expect(stdout).toBe('');
    const { report } = await runJson(['dashboard', root]);
    expect(report).toMatchObject({
      status: 'unchanged',
      facts: { ownMetricProblems: [{ path: 'more.js', line: 2, reason: expect.stringContaining('known only when') }] },
    });
  });

  test('without an earlier run, and where more is to be renewed, it says what to do', async () => {
    const fresh = makeRepository(sampleApp);
    expect(await run(['dashboard', fresh])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Run add-prom-metrics first'),
    });
    const root = await added();
    const record = JSON.parse(readFileSync(join(root, 'add-prom-metrics.json'), 'utf8'));
    writeFiles(root, {
      'add-prom-metrics.json': JSON.stringify({ ...record, answers: { ...record.answers, appTag: 'other' } }),
    });
    commitAll(root);
    const before = treeOf(root);
    const { exitCode, stderr } = await run(['dashboard', root]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('metrics/settings.js');
    expect(treeOf(root)).toEqual(before);
  });
});
