import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { uncommittedChanges } from '../../src/apply/git.js';
import { sha256 } from '../../src/plan/hash.js';
import { makeFolder, put } from './scene.js';

let folder: string;
let root: string;

beforeEach(() => {
  folder = makeFolder();
  root = join(folder, 'packages/api');
  for (const name of ['a.js', 'b.js', 'gone.js', 'ours.js']) put(root, name, 'x\n');
  put(folder, 'other.js', 'x\n');
  put(root, '.gitignore', 'ignored/\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function git(...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
}

test('tells what git could not give back, in the target only', async () => {
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'x');
  expect(await uncommittedChanges(root, new Map())).toEqual([]);
  put(root, 'a.js', 'changed\n');
  put(root, 'b.js', 'staged\n');
  git('add', '.');
  put(root, 'new folder/é "x".js', 'x\n');
  put(root, 'ignored/x.js', 'x\n');
  rmSync(join(root, 'gone.js'));
  put(folder, 'other.js', 'changed\n');
  put(folder, 'untracked.js', 'x\n');
  expect(await uncommittedChanges(root, new Map())).toEqual(['a.js', 'b.js', 'gone.js', 'new folder/é "x".js']);
});

test('does not count what an earlier run wrote, as long as it is that', async () => {
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'x');
  put(root, 'ours.js', 'ours\n');
  put(root, 'metrics/index.js', 'sealed\n');
  put(root, 'add-prom-metrics.json', '{}');
  const ignore = new Map([
    ['ours.js', sha256('ours\n')],
    ['metrics/index.js', sha256('sealed\n')],
    ['gone.js', sha256('x\n')],
    ['add-prom-metrics.json', null],
  ]);
  expect(await uncommittedChanges(root, ignore)).toEqual([]);
  put(root, 'metrics/index.js', 'edited\n');
  rmSync(join(root, 'gone.js'));
  expect(await uncommittedChanges(root, ignore)).toEqual(['gone.js', 'metrics/index.js']);
});

test('before the first commit everything counts', async () => {
  git('init', '-q');
  expect(await uncommittedChanges(root, new Map())).toHaveLength(5);
});

test('is null without a repository, without git, and inside of git’s own folder', async () => {
  expect(await uncommittedChanges(root, new Map())).toBeNull();
  git('init', '-q');
  expect(await uncommittedChanges(join(folder, '.git'), new Map())).toBeNull();
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    expect(await uncommittedChanges(root, new Map())).toBeNull();
  } finally {
    process.env['PATH'] = path;
  }
});

test('a repository that git cannot read is a refusal, not a clean work tree', async () => {
  git('init', '-q');
  put(folder, '.git/index', 'not an index');
  await expect(uncommittedChanges(root, new Map())).rejects.toThrow(/git cannot tell/);
});
