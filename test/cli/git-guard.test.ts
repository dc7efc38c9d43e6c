import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git, gitStatus, makeRepository, writeFiles } from './support/folders.js';
import { addMetrics, run, runJson } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

const dirty: readonly [string, (root: string) => void][] = [
  ['a changed file', (root) => appendFileSync(join(root, 'app.js'), '// note\n')],
  ['a staged file', (root) => stage(root, 'app.js', `${sampleApp['app.js']}// note\n`)],
  ['an untracked file', (root) => writeFileSync(join(root, 'notes.txt'), '')],
  ['a deleted file', (root) => void git(root, 'rm', '--quiet', '--cached', '.gitignore')],
];

function stage(root: string, path: string, text: string): void {
  writeFileSync(join(root, path), text);
  git(root, 'add', path);
}

describe('uncommitted changes', () => {
  test.each(dirty)('%s: refused, then allowed by --force', async (_, change) => {
    const root = makeRepository(sampleApp);
    change(root);
    const before = treeOf(root);
    const refused = await runJson(['add', root, '--yes', '--no-install']);
    expect(refused.exitCode).toBe(3);
    expect(refused.report).toMatchObject({ status: 'refused', error: { code: 'refused' } });
    expect(refused.report.error?.message).toMatch(
      /^There are uncommitted changes: (app\.js|notes\.txt|\.gitignore)\.$/,
    );
    expect(refused.report.error?.hint).toContain('--force');
    // What it would have done is told all the same.
    expect(refused.report.changes.map(({ path }) => path)).toContain('app.js');
    expect(treeOf(root)).toEqual(before);

    const forced = await run(['add', root, '--yes', '--no-install', '--force']);
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect(treeOf(root)).toHaveProperty('metrics/index.js');
  });

  test('many files are counted, not listed', async () => {
    const root = makeRepository(sampleApp);
    for (let index = 1; index <= 8; index += 1) writeFileSync(join(root, `n${index}.txt`), '');
    const { stderr } = await run(['add', root, '--yes', '--no-install']);
    expect(stderr).toContain('n1.txt, n2.txt, n3.txt, n4.txt, n5.txt and 3 more.');
  });

  test('do not matter to --dry-run and --check', async () => {
    const root = makeRepository(sampleApp);
    writeFileSync(join(root, 'notes.txt'), '');
    expect((await run(['add', root, '--yes', '--dry-run'])).exitCode).toBe(0);
    expect((await run(['add', root, '--check'])).exitCode).toBe(1);
  });

  test('outside the target, ignored ones and node_modules do not count', async () => {
    const files = Object.fromEntries(Object.entries(sampleApp).map(([path, text]) => [`api/${path}`, text]));
    const root = makeRepository({ ...files, 'api/.gitignore': '*.log\n' });
    writeFileSync(join(root, 'elsewhere.txt'), '');
    writeFileSync(join(root, 'api/debug.log'), '');
    git(root, 'init', '--quiet');
    await addMetrics(join(root, 'api'));
    expect(gitStatus(root)).toContain('?? api/metrics/index.js');
  });
});

describe('what an uncommitted run of our own wrote', () => {
  test('does not stop a second one, nor a removal', async () => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    await addMetrics(root);
    const second = await runJson(['add', root, '--yes', '--no-install']);
    expect(second.exitCode).toBe(0);
    expect(second.report).toMatchObject({ status: 'unchanged', changes: [] });
    const retagged = await runJson(['add', root, '--yes', '--no-install', '--app-tag', 'other']);
    expect(retagged.report.status).toBe('applied');
    const removed = await runJson(['remove', root, '--yes', '--no-install']);
    expect(removed.exitCode).toBe(0);
    expect(removed.report.status).toBe('removed');
    expect(treeOf(root)).toEqual(before);
    expect(gitStatus(root)).toBe('');
  });

  test('nor does what Python has compiled of it, where that is not ignored', async () => {
    const app = 'from flask import Flask\n\napp = Flask(__name__)\n';
    const root = makeRepository({ 'app.py': app, 'requirements.txt': 'flask\ngunicorn\n' });
    await addMetrics(root);
    writeFiles(root, { '__pycache__/app.cpython-311.pyc': '', 'metrics/__pycache__/wiring.cpython-311.pyc': '' });
    const removed = await runJson(['remove', root, '--yes', '--no-install']);
    expect(removed.exitCode).toBe(0);
    expect(gitStatus(root)).toBe('?? __pycache__/app.cpython-311.pyc\n');
  });

  test('counts once it has been edited', async () => {
    const root = makeRepository(sampleApp);
    await addMetrics(root);
    appendFileSync(join(root, 'app.js'), '// note\n');
    const { exitCode, stderr } = await run(['add', root, '--yes', '--no-install', '--app-tag', 'other']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('There are uncommitted changes: app.js.');
  });
});
