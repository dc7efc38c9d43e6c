import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { commitAll, git, gitStatus, makeRepository } from './support/folders.js';
import { addMetrics, run, runJson } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

describe('remove', () => {
  let root = '';
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const edit = (path: string, change: (text: string) => string): void =>
    writeFileSync(join(root, path), change(read(path)));
  const remove = (...flags: string[]) => runJson(['remove', root, '--yes', '--no-install', ...flags]);

  beforeEach(async () => {
    root = makeRepository(sampleApp);
    await addMetrics(root);
    commitAll(root);
  });

  test('gives back the bytes that were there before, and git sees the start again', async () => {
    const { exitCode, report } = await remove();
    expect(exitCode).toBe(0);
    expect(report.status).toBe('removed');
    expect(report.changes.map(({ path, action }) => `${action} ${path}`)).toEqual(
      expect.arrayContaining([
        'delete add-prom-metrics.json',
        'update app.js',
        'delete metrics/http.js',
        'update package.json',
      ]),
    );
    expect(git(root, 'diff', 'HEAD~1')).toBe('');
    expect(treeOf(root)).not.toHaveProperty('metrics');
  });

  test('takes just our lines where the user has edited around them', async () => {
    edit('app.js', (text) => `// Shop.\n${text.replace('hello', 'good morning')}// end\n`);
    edit('package.json', (text) => text.replace('"version": "1.0.0"', '"version": "2.0.0"'));
    commitAll(root);
    expect((await remove()).exitCode).toBe(0);
    expect(read('app.js')).toBe(`// Shop.\n${sampleApp['app.js']?.replace('hello', 'good morning')}// end\n`);
    expect(read('package.json')).toBe(sampleApp['package.json']?.replace('1.0.0', '2.0.0'));
  });

  test('keeps a dependency that other code has come to import, and says so', async () => {
    writeFileSync(join(root, 'orders.js'), "const { Counter } = require('prom-client');\n");
    commitAll(root);
    const { exitCode, report } = await remove();
    expect(exitCode).toBe(0);
    expect(report.manual).toEqual([
      expect.objectContaining({ path: 'package.json', reason: 'prom-client stays a dependency: orders.js imports it' }),
    ]);
    expect(read('package.json')).toContain('"prom-client"');
    expect(treeOf(root)).not.toHaveProperty('metrics');
  });

  test('keeps a dependency that was there before', async () => {
    const manifest = sampleApp['package.json']?.replace('"express"', '"prom-client": "^15.0.0",\n    "express"') ?? '';
    root = makeRepository({ ...sampleApp, 'package.json': manifest });
    await addMetrics(root);
    expect((await remove()).exitCode).toBe(0);
    expect(read('package.json')).toBe(manifest);
    expect(gitStatus(root)).toBe('');
  });

  test('leaves a file that the user has edited, and names it', async () => {
    appendFileSync(join(root, 'metrics/custom.js'), "exports.x = require('./registry');\n");
    commitAll(root);
    const { exitCode, report } = await remove();
    expect(exitCode).toBe(0);
    expect(report.manual).toEqual([expect.objectContaining({ path: 'metrics/custom.js' })]);
    expect(read('metrics/custom.js')).toContain('exports.x');
    expect(treeOf(root)).not.toHaveProperty('metrics/http.js');
  });

  test('refuses while code of the user still imports what would go', async () => {
    writeFileSync(join(root, 'orders.js'), "const { counter } = require('./metrics/registry');\n");
    commitAll(root);
    const { exitCode, report } = await remove();
    expect(exitCode).toBe(3);
    expect(report.manual).toEqual([
      {
        path: 'orders.js',
        reason: 'line 1 uses metrics/registry.js',
        snippet: "const { counter } = require('./metrics/registry');",
      },
    ]);
    expect(gitStatus(root)).toBe('');
    // Nobody is told to add what is to go.
    const { stderr } = await run(['remove', root, '--yes', '--no-install']);
    expect(stderr).toMatch(
      /Take the named lines out by hand, and what uses them.*\n\nBy hand:\norders\.js: line 1 uses/,
    );
  });

  test('refuses when an insertion was edited', async () => {
    edit('app.js', (text) => text.replace('instrument(express())', 'instrument(log(express()))'));
    commitAll(root);
    const { exitCode, report } = await remove();
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ status: 'refused' });
    expect(report.manual).not.toEqual([]);
    expect(gitStatus(root)).toBe('');
  });

  test('takes insertions that are gone already for removed', async () => {
    writeFileSync(join(root, 'app.js'), sampleApp['app.js'] ?? '');
    rmSync(join(root, 'metrics'), { recursive: true });
    commitAll(root);
    expect((await remove()).exitCode).toBe(0);
    expect(git(root, 'diff', 'HEAD~2')).toBe('');
  });

  test('refuses uncommitted changes of the user, unless forced', async () => {
    appendFileSync(join(root, 'app.js'), '// note\n');
    expect((await remove()).exitCode).toBe(3);
    expect((await remove('--force')).exitCode).toBe(0);
    expect(read('app.js')).toBe(`${sampleApp['app.js']}// note\n`);
  });

  test('without a record has nothing to do', async () => {
    const fresh = makeRepository(sampleApp);
    const { exitCode, report } = await runJson(['remove', fresh]);
    expect([exitCode, report.status]).toEqual([0, 'unchanged']);
  });
});
