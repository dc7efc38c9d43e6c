import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { commitAll, makeRepository } from './support/folders.js';
import { addMetrics, run, runJson } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

describe('--check', () => {
  let root = '';
  const edit = (path: string, change: (text: string) => string): void => {
    writeFileSync(join(root, path), change(readFileSync(join(root, path), 'utf8')));
  };
  const check = async (...flags: string[]) => {
    const before = treeOf(root);
    const result = await runJson(['add', root, '--check', ...flags]);
    expect(treeOf(root), '--check has written').toEqual(before);
    return result;
  };

  beforeEach(async () => {
    root = makeRepository(sampleApp);
    await addMetrics(root);
    commitAll(root);
  });

  test('is 0 when all is in place', async () => {
    expect(await check()).toMatchObject({ exitCode: 0, report: { status: 'unchanged', changes: [] } });
    const plain = await run(['add', root, '--check']);
    expect(plain).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('Nothing to do') });
  });

  test.each<[string, string, (text: string) => string]>([
    ['a seeded file was edited', 'metrics/custom.js', (text) => `${text}\nexports.x = 1;\n`],
    ['the app was edited elsewhere', 'app.js', (text) => text.replace('hello', 'good morning')],
    ['the dependency was raised', 'package.json', (text) => text.replace(/("prom-client": ")[^"]*/, '$1^15.9.0')],
  ])('is 0 when %s', async (_, path, change) => {
    edit(path, change);
    expect(await check()).toMatchObject({ exitCode: 0, report: { status: 'unchanged' } });
  });

  test.each<[string, string, (text: string) => string, string]>([
    [
      'the import is gone',
      'app.js',
      (text) => text.replace(/^.*require\('\.\/metrics'\).*\n/m, ''),
      'does not have what was inserted any more',
    ],
    [
      'the wrap is gone',
      'app.js',
      (text) => text.replace('instrument(express())', 'express()'),
      'does not have what was inserted any more: instrument(express())',
    ],
    [
      'the wrap was edited',
      'app.js',
      (text) => text.replace('instrument(express())', 'instrument(log(express()))'),
      'does not have what was inserted any more',
    ],
    [
      'the dependency is gone',
      'package.json',
      (text) => text.replace(/,\s*"prom-client": "[^"]*"/, ''),
      'does not have what was inserted any more',
    ],
    [
      'a sealed file was edited',
      'metrics/http.js',
      (text) => `${text}// mine\n`,
      'metrics/http.js was changed; it is generated and must stay as it was written',
    ],
  ])('is 1 when %s', async (_, path, change, words) => {
    edit(path, change);
    const { exitCode, report, stderr } = await check();
    expect(stderr).toContain(words);
    expect(exitCode).toBe(1);
    expect(report.status).toBe('planned');
    expect(report.error).toBeUndefined();
    const plain = await run(['add', root, '--check']);
    expect(plain.exitCode).toBe(1);
    expect(plain.stdout).toContain(words);
  });

  test.each(['metrics/http.js', 'metrics/custom.js'])('is 1 when %s is missing, and shows it', async (path) => {
    rmSync(join(root, path));
    const { exitCode, report, stderr } = await check();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${path} is missing`);
    expect(report.changes.map((change) => change.path)).toContain(path);
  });

  test('is 1 when a flag changes an answer', async () => {
    const { exitCode, report } = await check('--exclude-path', '^/other$');
    expect(exitCode).toBe(1);
    expect(report.changes.map(({ path }) => path)).toEqual(['add-prom-metrics.json', 'metrics/settings.js']);
  });

  test('is 1 before the first run, and 3 where one would be refused', async () => {
    const fresh = makeRepository(sampleApp);
    expect(await runJson(['add', fresh, '--check'])).toMatchObject({ exitCode: 1, report: { status: 'planned' } });
    const other = makeRepository({ ...sampleApp, 'app.js': 'module.exports = 1;\n' });
    expect(await runJson(['add', other, '--check'])).toMatchObject({ exitCode: 3, report: { status: 'refused' } });
  });

  describe('with a record of an earlier version', () => {
    beforeEach(() => {
      edit('add-prom-metrics.json', (text) => text.replace(/"tool": "[^"]*"/, '"tool": "0.0.1"'));
      commitAll(root);
    });

    test('only says so', async () => {
      const { exitCode, report, stderr } = await check();
      expect(exitCode).toBe(0);
      expect(report.status).toBe('unchanged');
      expect(stderr).toMatch(/is of version 0\.0\.1, this is \d+\.\d+\.\d+: run add-prom-metrics to renew it/);
    });

    test('is 1 with --check=latest', async () => {
      expect(await check('--check=latest')).toMatchObject({ exitCode: 1, report: { status: 'planned' } });
    });

    test('is 1 when answers changed, or something is gone', async () => {
      expect((await check('--app-tag', 'other')).exitCode).toBe(1);
      appendFileSync(join(root, 'metrics/http.js'), '// mine\n');
      expect((await check()).exitCode).toBe(1);
    });
  });
});
