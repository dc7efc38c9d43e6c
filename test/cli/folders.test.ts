import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gitStatus, makeFolder, makeRepository } from './support/folders.js';
import { addMetrics, run, runJson } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

/** A user whom file permissions hold back: root's own are no obstacle to root. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined;
const asUser = uid === undefined ? {} : { uid };

function giveAway(root: string, folder = ''): void {
  if (uid === undefined) return;
  chownSync(join(root, folder), uid, uid);
  for (const name of readdirSync(join(root, folder))) {
    const path = join(folder, name);
    if (lstatSync(join(root, path)).isDirectory()) giveAway(root, path);
    else chownSync(join(root, path), uid, uid);
  }
}

describe('a folder without git', () => {
  test('is allowed, and said', async () => {
    const root = makeFolder(sampleApp);
    const before = treeOf(root);
    const added = await addMetrics(root);
    expect(added.stdout).toContain('This is not a git repository');
    expect(treeOf(root)).toHaveProperty('metrics/index.js');
    expect(treeOf(root)).not.toHaveProperty('.add-prom-metrics');
    const removed = await run(['remove', root, '--yes', '--no-install']);
    expect(removed.exitCode, removed.stderr).toBe(0);
    expect(treeOf(root)).toEqual(before);
  });

  test('is said in the JSON facts, too', async () => {
    const { report } = await runJson(['add', makeFolder(sampleApp), '--dry-run']);
    expect(report).toMatchObject({ status: 'planned', facts: { git: false } });
  });
});

describe('permissions', () => {
  test('a folder that is not writable', async () => {
    const root = makeRepository(sampleApp);
    giveAway(root);
    chmodSync(root, 0o555);
    const before = treeOf(root);
    const { exitCode, report } = await runJson(['add', root, '--yes', '--no-install'], asUser);
    expect(exitCode).toBe(4);
    expect(report).toMatchObject({ status: 'failed', error: { code: 'apply-failed' } });
    expect(report.error?.message).toContain(`${root} cannot be written`);
    expect(treeOf(root)).toEqual(before);
    chmodSync(root, 0o755);
  });

  test('a file that is not writable', async () => {
    const root = makeRepository(sampleApp);
    giveAway(root);
    chmodSync(join(root, 'package.json'), 0o444);
    const before = treeOf(root);
    const { exitCode, stderr } = await run(['add', root, '--yes', '--no-install'], asUser);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('package.json cannot be written');
    expect(treeOf(root)).toEqual(before);
  });

  test('a package.json that cannot be read', async () => {
    const root = makeRepository(sampleApp);
    giveAway(root);
    chmodSync(join(root, 'package.json'), 0o000);
    const { exitCode, report } = await runJson(['add', root, '--yes'], asUser);
    expect(exitCode).toBe(3);
    expect(report.error).toMatchObject({
      message: expect.stringMatching(/^package\.json cannot be read: .*EACCES/),
      hint: 'Make it readable, then run the command again.',
    });
  });

  test('a folder that cannot be read', async () => {
    const root = makeRepository(sampleApp);
    giveAway(root);
    chmodSync(root, 0o000);
    const { exitCode, stderr } = await run(['add', root, '--yes'], asUser);
    chmodSync(root, 0o755);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is not a directory that can be read (EACCES)');
  });

  test("a repository of another user, which git does not look into, is refused with git's own words", async () => {
    const root = makeRepository(sampleApp);
    chmodSync(root, 0o755);
    if (uid === undefined) return expect(process.getuid?.()).not.toBe(0);
    const { exitCode, stderr } = await run(['add', root, '--yes', '--no-install'], asUser);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('detected dubious ownership');
    expect(stderr).toContain('--force');
    expect(gitStatus(root)).toBe('');
  });
});

test('a target below the git root: paths are relative to it, and only it is written', async () => {
  const files = Object.fromEntries(Object.entries(sampleApp).map(([path, text]) => [`services/my api/${path}`, text]));
  const root = makeRepository({
    ...files,
    'package.json': '{"workspaces":["services/*"]}',
    'yarn.lock': '',
    'other/app.js': '',
  });
  const dir = join(root, 'services/my api');
  const { report, exitCode } = await runJson(['add', dir, '--yes', '--no-install']);
  expect(exitCode).toBe(0);
  expect(report).toMatchObject({
    status: 'applied',
    facts: { git: true, packageManager: 'yarn', lockfile: '../../yarn.lock' },
  });
  expect(report.changes.map(({ path }) => path)).toContain('app.js');
  const outside = gitStatus(root)
    .split('\n')
    .filter((line) => line !== '' && !line.includes('services/my api/'));
  expect(outside).toEqual([]);
});

test('without a folder the current one is the target, and without a command the command is add', async () => {
  const root = makeRepository(sampleApp);
  const { exitCode, stdout } = await run(['--yes', '--no-install'], { cwd: root });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('npx add-prom-metrics add --yes --app-tag shop-api');
  expect(readFileSync(join(root, 'app.js'), 'utf8')).toContain('instrument(express())');
  const again = await run([root, '--yes', '--no-install'], { cwd: '/' });
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Nothing to do') });
});
