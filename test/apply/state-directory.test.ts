import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateDirectory } from '../../src/apply/state-directory.js';
import { makeFolder, put } from './scene.js';

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'protocol.file.allow=always'];
  return execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

function expectGitsOwn(root: string): void {
  const own = git(root, 'rev-parse', '--git-path', 'add-prom-metrics');
  expect(stateDirectory(root)).toBe(resolve(root, own));
}

test('is what git says: in a repository, below its top, in a work tree, in a submodule', () => {
  const main = join(folder, 'main');
  put(main, 'packages/api/app.js', '');
  git(main, 'init', '-q');
  git(main, 'add', '.');
  git(main, 'commit', '-qm', 'x');
  git(main, 'worktree', 'add', '-q', join(folder, 'tree'));
  put(folder, 'outer/x', '');
  git(join(folder, 'outer'), 'init', '-q');
  git(join(folder, 'outer'), 'submodule', 'add', '-q', main, 'inner');
  for (const path of ['main', 'main/packages/api', 'tree/packages/api', 'outer', 'outer/inner']) {
    expectGitsOwn(join(folder, path));
  }
});

test('is in the target without git, or with a .git that is none', () => {
  put(folder, 'a/.git/config', '');
  put(folder, 'b/.git', 'gitdir: nowhere\n');
  for (const name of ['a', 'b']) {
    expect(stateDirectory(join(folder, name))).toBe(join(folder, name, '.add-prom-metrics'));
  }
});
