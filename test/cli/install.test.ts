import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitAll, git, gitStatus, makeFolder, makeRepository } from './support/folders.js';
import { pathWith, run, runJson } from './support/run.js';
import { manifestOf, sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

/** A folder for PATH with a package manager that notes how it was called, says something, and ends with a code. */
function packageManager(
  name: string,
  exitCode = 0,
): { readonly env: { readonly PATH: string }; readonly calls: () => string } {
  const folder = makeFolder({
    [name]: `#!/bin/sh\necho "$PWD> $*" >> "$0.calls"\necho installing\nexit ${exitCode}\n`,
  });
  chmodSync(join(folder, name), 0o755);
  return { env: { PATH: pathWith(folder) }, calls: () => readFileSync(join(folder, `${name}.calls`), 'utf8') };
}

describe('the package manager', () => {
  test.each([
    ['npm', {}, 'install'],
    ['pnpm', { 'pnpm-lock.yaml': '' }, 'install'],
    ['yarn', { 'yarn.lock': '# yarn lockfile v1\n' }, 'install'],
    ['bun', { 'bun.lock': '{}' }, 'install'],
  ])('%s is run in the target, with its output on stderr', async (name, files, call) => {
    const root = makeRepository({ ...sampleApp, ...files });
    const manager = packageManager(name);
    const { exitCode, report, stderr } = await runJson(['add', root, '--yes'], manager);
    expect(exitCode, stderr).toBe(0);
    expect(report).toMatchObject({ status: 'applied', commands: [[name, call]] });
    expect(stderr).toContain('installing');
    expect(manager.calls()).toBe(`${root}> ${call}\n`);
  });

  test('is not run with --no-install, with --dry-run, or when package.json stays as it is', async () => {
    const manager = packageManager('npm', 1);
    const has = manifestOf({ dependencies: { express: '^5.0.0', 'prom-client': '^15.1.3' } });
    const plain = makeRepository(sampleApp);
    expect((await runJson(['add', plain, '--dry-run'], manager)).report.commands).toEqual([['npm', 'install']]);
    expect((await runJson(['add', plain, '--yes', '--no-install'], manager)).report.commands).toEqual([]);
    const there = makeRepository({ ...sampleApp, 'package.json': has });
    expect((await runJson(['add', there, '--yes'], manager)).report).toMatchObject({ status: 'applied', commands: [] });
    expect(() => manager.calls()).toThrow('ENOENT');
  });

  test.each([[['--no-install']], [['--lockfile-only']]])(
    'with %j, installing is the first step to check it',
    async (flags) => {
      const files = { ...sampleApp, 'pnpm-lock.yaml': '' };
      const [first] = (await runJson(['add', makeRepository(files), '--yes', '--dry-run', ...flags])).report.checklist;
      expect(first).toMatchObject({ id: 'install', command: 'pnpm install' });
      const [other] = (await runJson(['add', makeRepository(files), '--yes', '--dry-run'])).report.checklist;
      expect(other?.id).toBe('start');
      const app = 'from flask import Flask\n\napp = Flask(__name__)\n';
      const project = '[tool.poetry.dependencies]\nflask = "^3"\n';
      const flask = makeRepository({ 'app.py': app, 'pyproject.toml': project });
      const [inPython] = (await runJson(['add', flask, '--yes', '--dry-run', ...flags])).report.checklist;
      expect(inPython?.command).toBe('poetry lock && poetry install --no-root');
    },
  );

  test('that fails leaves the files, and the command to run', async () => {
    const root = makeRepository(sampleApp);
    const { exitCode, report, stderr } = await runJson(['add', root, '--yes'], packageManager('npm', 7));
    expect(exitCode).toBe(5);
    expect(report).toMatchObject({
      status: 'applied',
      commands: [['npm', 'install']],
      error: { code: 'install-failed' },
    });
    expect(report.error?.message).toBe('npm install failed: exit code 7. The files are written.');
    expect(report.error?.hint).toBe(`Run it yourself: cd ${root} && npm install`);
    expect(stderr).toContain(`cd ${root} && npm install`);
    expect(readFileSync(join(root, 'app.js'), 'utf8')).toContain('instrument(express())');
    expect(treeOf(root)).not.toHaveProperty('.git/add-prom-metrics');
    commitAll(root);
    expect((await run(['add', root, '--check'])).exitCode).toBe(0);
  });

  test('that is not installed is the same', async () => {
    const root = makeRepository({ ...sampleApp, 'package.json': manifestOf({ packageManager: 'bun@1.2.0' }) });
    const { exitCode, report } = await runJson(['add', root, '--yes']);
    expect(exitCode).toBe(5);
    expect(report.error?.message).toContain('bun install failed: bun is not installed');
  });

  test('real npm with a dependency that nobody has fails as well', async () => {
    const manifest = manifestOf({ dependencies: { express: '^5.0.0', nothing: 'file:./not/there.tgz' } });
    const root = makeRepository({ ...sampleApp, 'package.json': manifest });
    const { exitCode, report } = await runJson(['add', root, '--yes', '--lockfile-only']);
    expect(exitCode).toBe(5);
    expect(report.error?.hint).toBe(`Run it yourself: cd ${root} && npm install --package-lock-only --ignore-scripts`);
    expect(treeOf(root)).toHaveProperty('metrics/index.js');
  });
});

describe('--lockfile-only', () => {
  test('with real npm: a lockfile that npm ci takes, nothing installed, and remove restores it from git', async () => {
    const root = makeRepository({
      ...sampleApp,
      'package.json': manifestOf({ dependencies: {}, devDependencies: { express: 'file:./express' } }),
      'express/package.json': '{"name":"express","version":"5.0.0"}',
    });
    await npm(root, 'install', '--package-lock-only');
    commitAll(root);
    const before = treeOf(root);
    const { exitCode, report, stderr } = await runJson(['add', root, '--yes', '--lockfile-only']);
    expect(exitCode, stderr).toBe(0);
    expect(report.commands).toEqual([['npm', 'install', '--package-lock-only', '--ignore-scripts']]);
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).toContain('node_modules/prom-client');
    expect(treeOf(root)).not.toHaveProperty('node_modules');
    await npm(root, 'ci', '--dry-run', '--ignore-scripts');

    const removed = await runJson(['remove', root, '--yes']);
    expect(removed.exitCode, removed.stderr).toBe(0);
    expect(removed.report.commands).toEqual([['git', 'restore', '--', 'package-lock.json']]);
    expect(treeOf(root)).toEqual(before);
    expect(gitStatus(root)).toBe('');
  });

  test('Yarn 1 cannot: that is left to the user, and refused with --strict', async () => {
    const root = makeRepository({ ...sampleApp, 'yarn.lock': '# yarn lockfile v1\n' });
    const strict = await runJson(['add', root, '--yes', '--lockfile-only', '--strict']);
    expect(strict.exitCode).toBe(3);
    expect(strict.report.manual).toMatchObject([{ path: 'yarn.lock', snippet: 'yarn install' }]);
    const { exitCode, report } = await runJson(['add', root, '--yes', '--lockfile-only']);
    expect([exitCode, report.commands, report.manual.length]).toEqual([0, [], 1]);
  });
});

describe('the lockfile on removal', () => {
  const lock = '{ "lockfileVersion": 3 }\n';

  /** A package manager whose install gives the lockfile this text. */
  function writing(text: string): { readonly env: { readonly PATH: string } } {
    const folder = makeFolder({ npm: `#!/bin/sh\nprintf '%s' '${text}' > package-lock.json\n` });
    chmodSync(join(folder, 'npm'), 0o755);
    return { env: { PATH: pathWith(folder) } };
  }
  const added = '{ "lockfileVersion": 3, "packages": { "prom-client": {} } }';

  test('comes from git when only our install has changed it', async () => {
    const root = makeRepository({ ...sampleApp, 'package-lock.json': lock });
    await runJson(['add', root, '--yes'], writing(added));
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).toBe(added);
    const { report } = await runJson(['remove', root, '--yes'], packageManager('npm', 1));
    expect(report.commands).toEqual([['git', 'restore', '--', 'package-lock.json']]);
    expect(gitStatus(root)).toBe('');
  });

  test.each([
    ['since', lock, '{ "theirs": true }'],
    ['before', '{ "theirs": true }', added],
  ])('keeps what others have changed in it %s: an install brings it up to date', async (_, atFirst, atLast) => {
    const root = makeRepository({ ...sampleApp, 'package-lock.json': lock });
    writeFileSync(join(root, 'package-lock.json'), atFirst);
    await runJson(['add', root, '--yes', '--force'], writing(added));
    writeFileSync(join(root, 'package-lock.json'), atLast);
    const { exitCode, report } = await runJson(['remove', root, '--yes', '--force'], packageManager('npm'));
    expect([exitCode, report.commands]).toEqual([0, [['npm', 'install']]]);
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).toBe(atLast);
  });

  test('in a folder above never comes from git: others share it', async () => {
    const files = Object.fromEntries(Object.entries(sampleApp).map(([path, text]) => [`api/${path}`, text]));
    const root = makeRepository({ ...files, 'package.json': '{"workspaces":["api"]}', 'package-lock.json': lock });
    await runJson(['add', join(root, 'api'), '--yes'], packageManager('npm'));
    writeFileSync(join(root, 'package-lock.json'), '{ "changed": true }\n');
    const { exitCode, report } = await runJson(['remove', join(root, 'api'), '--yes'], packageManager('npm'));
    expect([exitCode, report.commands]).toEqual([0, [['npm', 'install']]]);
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).toBe('{ "changed": true }\n');
  });

  test('is brought up to date by an install once the metrics are committed', async () => {
    const root = makeRepository({ ...sampleApp, 'package-lock.json': lock });
    await runJson(['add', root, '--yes', '--no-install']);
    commitAll(root);
    const manager = packageManager('npm');
    const { report } = await runJson(['remove', root, '--yes'], manager);
    expect(report.commands).toEqual([['npm', 'install']]);
    expect(manager.calls()).toBe(`${root}> install\n`);
    expect(git(root, 'diff', 'HEAD~1')).toBe('');
  });
});

async function npm(cwd: string, ...args: string[]): Promise<void> {
  const { execa } = await import('execa');
  await execa('npm', [...args, '--no-audit', '--no-fund'], { cwd, timeout: 120_000, env: { CI: '1' } });
}
