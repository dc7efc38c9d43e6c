import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadFixtures } from '../support/fixture.js';
import { createTarget, gitStatus, removeTarget, snapshotTarget, type Target } from '../support/target.js';
import { commitAll, makeRepository, gitStatus as statusOf } from './support/folders.js';
import { addMetrics, type Report, run, runJson } from './support/run.js';
import { manifestOf, sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

const quiet = ['--yes', '--no-install'];

describe('monitoring, on a repository of each kind', () => {
  const targets: Target[] = [];

  afterEach(async () => {
    for (const target of targets.splice(0)) await removeTarget(target);
  });

  /** What is left to do by hand in each fixture, by path. */
  const manual: Readonly<Record<string, readonly string[]>> = {
    compose: [],
    helm: [],
    kubernetes: ['k8s/base/kustomization.yaml'],
    monorepo: ['../../ops/prometheus/prometheus.yml', '../../docker-compose.yml'],
    'own-prometheus': ['ops/prometheus/prometheus.yml', 'docker-compose.yml', 'ops/grafana/provisioning'],
  };

  test.each(loadFixtures('monitoring').map((fixture) => [fixture.name, fixture] as const))(
    '%s: dry run, add, again, remove',
    async (name, fixture) => {
      const target = await createTarget(fixture);
      targets.push(target);
      const before = await snapshotTarget(target);
      expect((await run(['add', target.dir, ...quiet, '--dry-run'])).exitCode).toBe(0);
      expect(await snapshotTarget(target)).toEqual(before);

      const added = await runJson(['add', target.dir, ...quiet]);
      expect([added.report.status, added.report.error]).toEqual(['applied', undefined]);
      expect(added.report.manual.map(({ path }) => path)).toEqual(manual[name]);
      expect((await runJson(['add', target.dir, ...quiet, '--force'])).report.status).toBe('unchanged');
      expect((await run(['add', target.dir, '--check'])).exitCode).toBe(0);

      expect((await runJson(['remove', target.dir, ...quiet, '--force'])).report.status).toBe('removed');
      expect(await snapshotTarget(target)).toEqual(before);
      expect(await gitStatus(target)).toBe('');
    },
    180_000,
  );

  test('formatters leave the generated files alone', async () => {
    const [fixture] = loadFixtures('monitoring').filter(({ name }) => name === 'compose');
    if (fixture === undefined) throw new Error('the fixture is gone');
    const target = await createTarget(fixture);
    targets.push(target);
    const { report } = await runJson(['add', target.dir, ...quiet]);
    const read = (path: string) => readFileSync(join(target.dir, path), 'utf8');
    const ignored = read('.prettierignore').split('\n');
    const written = report.changes.map(({ path }) => path).filter((path) => /monitoring/.test(path));
    expect(written.length).toBeGreaterThan(7);
    for (const path of written) expect(ignored).toContain(`/${path}`);
    expect(JSON.parse(read('biome.json')).files.includes).toEqual([
      '**',
      '!coverage',
      '!monitoring/grafana/dashboards/shop.json',
    ]);
  });
});

describe('monitoring', () => {
  const add = (root: string, ...flags: string[]) => runJson(['add', root, ...quiet, ...flags]);

  test('the answers decide, are kept, and come back', async () => {
    const root = makeRepository(sampleApp);
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    await addMetrics(
      root,
      '--slo',
      '99.5',
      '--slo-latency',
      '.25',
      '--port',
      '8080',
      '--metrics-token',
      '--app-tag',
      'shop',
    );
    commitAll(root);
    const { report } = await add(root);
    expect(report).toMatchObject({
      status: 'unchanged',
      answers: { slo: 99.5, sloLatency: 0.25, port: 8080, metricsToken: true },
    });
    const [job] = parse(read('monitoring/prometheus/prometheus.yml')).scrape_configs;
    expect(job.static_configs[0].targets).toEqual(['localhost:8080']);
    expect(job.authorization).toMatchObject({ type: 'Bearer' });
    expect(read('monitoring/prometheus/rules/shop.rules.yml')).toContain('severity: page');
    expect(read('monitoring/README.md')).toContain(
      '99.5 % of the requests succeed, and as many are answered within 0.25 s',
    );

    const other = await add(root, '--slo', '99.9', '--no-metrics-token');
    expect(other.report.answers).toMatchObject({ slo: 99.9, metricsToken: false });
    const [open] = parse(read('monitoring/prometheus/prometheus.yml')).scrape_configs;
    expect(open).not.toHaveProperty('authorization');
  });

  test('says where it listens, and that it is a guess where nothing tells', async () => {
    const guessing = { ...sampleApp, 'app.js': (sampleApp['app.js'] ?? '').replace(' || 3000', '') };
    const told = await add(makeRepository(sampleApp), '--dry-run');
    expect(told.report).toMatchObject({ facts: { port: 3000, portFrom: 'app.js' } });
    const startOf = ({ checklist }: Report) => checklist.find(({ id }) => id === 'start');
    expect(startOf(told.report)).toMatchObject({ title: 'Start the service' });
    const guessed = await add(makeRepository(guessing), '--dry-run');
    expect(guessed.report).toMatchObject({ facts: { port: 3000, portFrom: null } });
    expect(startOf(guessed.report)?.title).toContain('--port <port> sets it');
  });

  test.each([
    [['--slo', '101'], '--slo must be a share of requests in percent, from 90 to 99.999; it is "101".'],
    [['--slo', 'high'], '--slo must be a share of requests in percent, from 90 to 99.999'],
    [['--slo-latency', '0.3'], "--slo-latency must be one of the buckets' bounds, in seconds: 0.005, 0.01"],
    [
      ['--slo-latency', '0.5', '--buckets', '0.1,0.2'],
      "--slo-latency must be one of the buckets' bounds, in seconds: 0.1, 0.2;",
    ],
    [['--port', '0'], '--port must be a whole number from 1 to 65535'],
    [['--skip', 'alertmanager'], '--skip must name parts; there are dockerfile,'],
    [['--skip', 'rules', 'bananas'], 'kubernetes, pushgateway; it is "rules, bananas".'],
    [['--with', 'compose', '--skip', 'prometheus'], '--with compose starts Prometheus, and --skip leaves it out.'],
  ])('%j is a wrong call', async (flags, message) => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    const { exitCode, report } = await add(root, ...flags);
    expect([exitCode, report.error?.code]).toEqual([2, 'usage']);
    expect(report.error?.message).toContain(message);
    expect(treeOf(root)).toEqual(before);
  });

  test('the buckets of an earlier run count for a later latency', async () => {
    const root = makeRepository(sampleApp);
    await addMetrics(root, '--buckets', '0.1,0.2');
    commitAll(root);
    expect((await add(root, '--slo-latency', '0.5')).exitCode).toBe(2);
    expect((await add(root, '--slo-latency', '0.2')).exitCode).toBe(0);
  });

  test('a name that is taken is a conflict: shown, and nothing written', async () => {
    const root = makeRepository({ ...sampleApp, 'monitoring/prometheus/prometheus.yml': 'mine: true\n' });
    const before = treeOf(root);
    const { exitCode, report } = await add(root);
    expect([exitCode, report.status]).toEqual([3, 'refused']);
    expect(report.error?.message).toContain('monitoring/prometheus/prometheus.yml exists already');
    expect(report.error?.hint).toContain('--skip prometheus');
    expect(treeOf(root)).toEqual(before);
    expect((await add(root, '--skip', 'prometheus')).exitCode).toBe(0);
    expect(readFileSync(join(root, 'monitoring/prometheus/prometheus.yml'), 'utf8')).toBe('mine: true\n');
  });

  test('what was skipped before and is not any more is written, and the other way round', async () => {
    const root = makeRepository(sampleApp);
    await addMetrics(root, '--skip', 'grafana,rules', '--app-tag', 'shop');
    commitAll(root);
    expect(treeOf(root)).not.toHaveProperty('monitoring/grafana');
    const { report } = await add(root, '--skip', 'rules');
    expect(report.changes.map(({ path }) => path)).toContain('monitoring/grafana/dashboards/shop.json');
    commitAll(root);
    await add(root, '--skip', 'rules', 'grafana');
    expect(treeOf(root)).not.toHaveProperty('monitoring/grafana');
  });

  test('a seeded file that the user has edited stays; a sealed one is guarded', async () => {
    const root = makeRepository(sampleApp);
    await addMetrics(root, '--app-tag', 'shop');
    appendFileSync(join(root, 'monitoring/prometheus/prometheus.yml'), '# mine\n');
    commitAll(root);
    expect((await add(root)).report.status).toBe('unchanged');
    writeFileSync(join(root, 'monitoring/prometheus/rules/shop.rules.yml'), 'groups: []\n');
    commitAll(root);
    expect((await run(['add', root, '--check'])).exitCode).toBe(1);
    expect((await add(root)).exitCode).toBe(3);
    rmSync(join(root, 'monitoring/prometheus/rules/shop.rules.yml'));
    commitAll(root);
    expect((await add(root)).report.status).toBe('applied');
    expect(statusOf(root)).not.toContain('prometheus.yml');
  });

  test('a tag with everything that a tag may have', async () => {
    const root = makeRepository({ ...sampleApp, 'package.json': manifestOf({}) });
    const tag = '0x1f.a_b-c';
    await addMetrics(root, '--app-tag', tag, '--with', 'compose', 'kubernetes', '--metrics-port', '9464');
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    expect(parse(read('monitoring/prometheus/prometheus.yml')).scrape_configs[0].job_name).toBe(tag);
    expect(parse(read('monitoring/kubernetes/podmonitor.yaml')).metadata).toMatchObject({
      name: '0x1f-a-b-c',
      labels: { 'app.kubernetes.io/name': tag },
    });
    commitAll(root);
    expect((await add(root)).report.status).toBe('unchanged');
  });
});
