import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { commitAll, gitStatus, makeRepository } from './support/folders.js';
import { addMetrics, run, runJson } from './support/run.js';
import { manifestOf, sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

const recordName = 'add-prom-metrics.json';

interface RecordFile {
  readonly path: string;
  sha256: string;
}

describe('a later run', () => {
  let root = '';
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const sealedHash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const rerun = (...flags: string[]) => runJson(['add', root, '--yes', '--no-install', ...flags]);

  /** Makes the sealed files and the record what an earlier version of the tool would have left. */
  function playEarlierVersion(path: string, text: string): void {
    const record = JSON.parse(read(recordName)) as { tool: string; files: RecordFile[] };
    record.tool = '0.0.1';
    for (const file of record.files.filter((one) => one.path === path)) file.sha256 = sealedHash(text);
    writeFileSync(join(root, path), text);
    writeFileSync(join(root, recordName), `${JSON.stringify(record, null, 2)}\n`);
    commitAll(root);
  }

  beforeEach(async () => {
    root = makeRepository(sampleApp);
    await addMetrics(
      root,
      '--app-tag',
      'shop',
      '--workers',
      '4',
      '--redis',
      '--metrics-path',
      '/prom',
      '--exclude-path=^/health$',
    );
    commitAll(root);
  });

  test('takes the answers of the earlier one, and changes nothing', async () => {
    const { exitCode, report } = await rerun();
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ status: 'unchanged', changes: [], manual: [], commands: [] });
    expect(report.answers).toEqual({
      appTag: 'shop',
      entry: 'app.js',
      workers: 4,
      redis: true,
      metricsPath: '/prom',
      client: 'prom-client',
      excludePaths: ['^/health$'],
    });
    expect(gitStatus(root)).toBe('');
  });

  test('a flag wins over the answers file, and that over the record', async () => {
    writeFileSync(join(root, 'answers.json'), '{"appTag":"from-file","workers":2}');
    commitAll(root);
    const { report } = await rerun('--config', join(root, 'answers.json'), '--workers', '3');
    expect(report.answers).toMatchObject({ appTag: 'from-file', workers: 3, redis: true, metricsPath: '/prom' });
  });

  test('with another answer writes just what depends on it', async () => {
    const { exitCode, report } = await rerun('--app-tag', 'other');
    expect(exitCode).toBe(0);
    expect(report.changes.map(({ path, action }) => `${action} ${path}`)).toEqual([
      `update ${recordName}`,
      'update metrics/settings.js',
      'update monitoring/README.md',
      'create monitoring/grafana/dashboards/other.json',
      'delete monitoring/grafana/dashboards/shop.json',
      'update monitoring/prometheus/prometheus.yml',
      'create monitoring/prometheus/rules/other.rules.yml',
      'delete monitoring/prometheus/rules/shop.rules.yml',
      'create monitoring/prometheus/rules/tests/other.test.yml',
      'delete monitoring/prometheus/rules/tests/shop.test.yml',
    ]);
    expect(read('metrics/settings.js')).toContain("application: 'other'");
    expect(read(recordName)).toContain('"appTag": "other"');
    commitAll(root);
    expect((await rerun()).report.status).toBe('unchanged');
  });

  test('writes a seeded file anew when the answers changed and nobody has edited it', async () => {
    const { report } = await rerun('--buckets', '0.2,0.4');
    expect(report.changes.map(({ path }) => path)).toContain('metrics/custom.js');
    expect(report.manual).toEqual([]);
    expect(read('metrics/custom.js')).toMatch(/\b0\.2, 0\.4\b/);
  });

  test('leaves a seeded file that was edited, and hands its new text over', async () => {
    appendFileSync(join(root, 'metrics/custom.js'), '// mine\n');
    commitAll(root);
    const { report, exitCode } = await rerun('--buckets', '0.2,0.4');
    expect(exitCode).toBe(0);
    expect(read('metrics/custom.js')).toContain('// mine\n');
    expect(read('metrics/custom.js')).not.toMatch(/\b0\.2, 0\.4\b/);
    expect(report.manual).toEqual([
      expect.objectContaining({ path: 'metrics/custom.js', snippet: expect.stringMatching(/\b0\.2, 0\.4\b/) }),
    ]);
    commitAll(root);
    const strict = await rerun('--buckets', '0.3', '--strict');
    expect(strict.exitCode).toBe(3);
    expect(strict.report).toMatchObject({ status: 'refused', manual: [{ path: 'metrics/custom.js' }] });
    expect(gitStatus(root)).toBe('');
  });

  test('keeps to its folder when the user has put files of their own into it', async () => {
    writeFileSync(join(root, 'metrics/orders.js'), "'use strict';\n");
    commitAll(root);
    expect((await rerun()).report.status).toBe('unchanged');
    const { report } = await rerun('--exclude-path=^/other$');
    expect(report.changes.map(({ path }) => path)).toEqual([recordName, 'metrics/settings.js']);
  });

  test('of a newer version replaces sealed files and leaves seeded ones', async () => {
    appendFileSync(join(root, 'metrics/custom.js'), '// mine\n');
    const current = read('metrics/http.js');
    playEarlierVersion('metrics/http.js', '// Made by add-prom-metrics 0.0.1\n');
    const { exitCode, report } = await rerun();
    expect(exitCode).toBe(0);
    expect(report.changes.map(({ path }) => path)).toEqual([recordName, 'metrics/http.js']);
    expect(read('metrics/http.js')).toBe(current);
    expect(read('metrics/custom.js')).toContain('// mine\n');
    expect(read(recordName)).not.toContain('0.0.1');
  });

  test('of a newer version stops at a sealed file that was edited, and writes nothing', async () => {
    playEarlierVersion('metrics/http.js', '// Made by add-prom-metrics 0.0.1\n');
    appendFileSync(join(root, 'metrics/http.js'), '// mine\n');
    commitAll(root);
    const before = treeOf(root);
    const { exitCode, report } = await rerun();
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ status: 'refused' });
    expect(report.error?.message).toContain('metrics/http.js was changed since this tool wrote it');
    expect(treeOf(root)).toEqual(before);
  });

  test('puts back what is gone', async () => {
    writeFileSync(join(root, 'app.js'), sampleApp['app.js'] ?? '');
    writeFileSync(join(root, 'package.json'), manifestOf({}));
    commitAll(root);
    const { report } = await rerun();
    expect(report.status).toBe('applied');
    expect(read('app.js')).toContain('instrument(express())');
    expect(read('package.json')).toContain('"prom-client"');
  });

  test('refuses when an insertion was edited, and shows the lines', async () => {
    writeFileSync(join(root, 'app.js'), read('app.js').replace('instrument(express())', 'instrument(log(express()))'));
    commitAll(root);
    const { exitCode, report } = await rerun();
    expect(exitCode).toBe(3);
    expect(report.manual).toEqual([expect.objectContaining({ path: 'app.js', snippet: 'instrument(express())' })]);
    expect(gitStatus(root)).toBe('');
  });
});

describe('answers', () => {
  test('come from a file that is a record of another repository, too', async () => {
    const one = makeRepository(sampleApp);
    await addMetrics(one, '--app-tag', 'shared', '--metrics-port', '9464');
    const two = makeRepository(sampleApp);
    const { report, exitCode } = await runJson(['add', two, '--no-install', '--config', join(one, recordName)]);
    expect(exitCode).toBe(0);
    expect(report.answers).toMatchObject({ appTag: 'shared', metricsPort: 9464 });
    expect(treeOf(two)).toHaveProperty('metrics/server.js');
  });

  test('the same input gives the same bytes', async () => {
    const trees = [];
    for (const root of [makeRepository(sampleApp), makeRepository(sampleApp)]) {
      await addMetrics(root);
      trees.push(treeOf(root));
      expect(readFileSync(join(root, recordName), 'utf8')).not.toContain(root);
    }
    expect(trees[0]).toEqual(trees[1]);
  });

  test('a taken scrape path moves the default', async () => {
    const app = sampleApp['app.js']?.replace("'/'", "'/metrics'") ?? '';
    const { report } = await runJson(['add', makeRepository({ ...sampleApp, 'app.js': app }), '--dry-run']);
    expect(report.answers).toMatchObject({ metricsPath: '/prometheus' });
  });

  test('CI asks nothing', async () => {
    const root = makeRepository(sampleApp);
    const { exitCode, stdout } = await run(['add', root, '--no-install'], { env: { CI: 'true' } });
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('Application tag');
  });
});
