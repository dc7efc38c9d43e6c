import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError, UsageError } from '../../src/errors.js';
import { sha256 } from '../../src/plan/hash.js';
import { Workspace } from '../../src/plan/workspace.js';
import { makeFolder, put } from '../apply/scene.js';

let outside: string;
let root: string;

beforeEach(() => {
  outside = makeFolder();
  root = join(outside, 'app');
  put(root, 'src/app.js', 'a\n');
  put(outside, 'secret.js', 'secret\n');
});
afterEach(() => rmSync(outside, { recursive: true }));

describe('paths that leave the target', () => {
  test.each(['../secret.js', 'src/../../secret.js', '/etc/passwd', 'C:/x', '', 'a\0b'])(
    '%j is a usage error',
    (path) => {
      const workspace = new Workspace(root);
      expect(() => workspace.read(path)).toThrow(UsageError);
      expect(() => workspace.create(path, '', 'sealed')).toThrow(UsageError);
    },
  );

  test('a link that leads out, to a file, to a folder, to nowhere, in a circle, is refused', () => {
    symlinkSync('../secret.js', join(root, 'file.js'));
    symlinkSync('..', join(root, 'folder'));
    symlinkSync('nothing', join(root, 'dangling'));
    symlinkSync('circle', join(root, 'circle'));
    const workspace = new Workspace(root);
    for (const path of ['file.js', 'folder/secret.js', 'folder/new/x.js', 'dangling', 'circle']) {
      expect(() => workspace.read(path), path).toThrow(RefusedError);
      expect(() => workspace.create(path, '', 'sealed'), path).toThrow(RefusedError);
    }
  });

  test('a folder whose name begins like the target is outside', () => {
    mkdirSync(join(outside, 'app2'));
    symlinkSync('../app2', join(root, 'next'));
    expect(() => new Workspace(root).exists('next/x')).toThrow(RefusedError);
  });
});

test.each([
  '.git/config',
  '.git',
  'src/../.GIT/config',
  'packages/sub/.git/hooks/pre-commit',
  'git~1/config',
  '.git./config',
  '.add-prom-metrics/journal.json',
  'hidden/config',
])('%s is refused: git and the tool itself would act on it', (path) => {
  put(root, '.git/config', '[core]\n');
  symlinkSync('.git', join(root, 'hidden'));
  const workspace = new Workspace(root);
  expect(() => workspace.read(path)).toThrow(RefusedError);
  expect(() => workspace.create(path, '', 'sealed')).toThrow(RefusedError);
  expect(workspace.exists('.gitignore')).toBe(false);
});

test('two names of one file are one file, known by its real path', () => {
  symlinkSync('src', join(root, 'lib'));
  const workspace = new Workspace(root);
  workspace.edit('lib/app.js', [{ offset: 0, length: 0, text: '1' }]);
  workspace.edit('./src/app.js', [{ offset: 0, length: 0, text: '2' }]);
  expect(workspace.read('lib/app.js')).toBe('21a\n');
  expect([...workspace.planned.drafts.keys()]).toEqual(['src/app.js']);
});

test('a target reached through a link is its real directory', () => {
  symlinkSync('app', join(outside, 'link'));
  expect(new Workspace(join(outside, 'link')).root).toBe(root);
  expect(() => new Workspace(join(outside, 'nothing'))).toThrow(UsageError);
  expect(() => new Workspace(join(outside, 'secret.js'))).toThrow(UsageError);
});

test('reads text as it is, and refuses what is not text', () => {
  put(root, 'bom.js', '\uFEFFx\r\n');
  writeFileSync(join(root, 'latin.js'), Buffer.from([0x61, 0xe9]));
  const workspace = new Workspace(root);
  expect(workspace.read('bom.js')).toBe('\uFEFFx\r\n');
  expect(workspace.read('nothing/at/all.js')).toBeUndefined();
  expect(workspace.read('src/app.js/x')).toBeUndefined();
  expect(() => workspace.read('src')).toThrow(/src is a directory/);
  expect(() => workspace.read('latin.js')).toThrow(/latin\.js is not UTF-8/);
});

test('sees the same bytes throughout, and tells what it saw', () => {
  const workspace = new Workspace(root);
  workspace.read('src/app.js');
  workspace.exists('tsconfig.json');
  put(root, 'src/app.js', 'changed\n');
  expect(workspace.read('src/app.js')).toBe('a\n');
  expect(workspace.fingerprints()).toEqual({ 'src/app.js': sha256('a\n'), 'tsconfig.json': null });
});

test('a name that is taken is never written over', () => {
  const workspace = new Workspace(root);
  expect(() => workspace.create('src/app.js', '', 'seeded')).toThrow(/src\/app\.js exists already/);
  expect(() => workspace.create('src', '', 'seeded')).toThrow(RefusedError);
  expect(() => workspace.create('src/app.js/x.js', '', 'seeded')).toThrow(/src\/app\.js is a file/);
  expect(() => workspace.edit('nothing.js', [{ offset: 0, length: 0, text: 'x' }])).toThrow(UsageError);
});

test('exists and list show what will be', () => {
  put(root, 'metrics/index.js', 'old\n');
  const workspace = new Workspace(root);
  workspace.withdrawn('metrics/index.js', null);
  expect([workspace.exists('metrics'), workspace.list('.'), workspace.list('metrics')]).toEqual([false, ['src'], []]);
  workspace.create('src/metrics/index.js', 'new\n', 'sealed');
  expect([workspace.exists('src/metrics'), workspace.list('src'), workspace.list('src/metrics')]).toEqual([
    true,
    ['app.js', 'metrics'],
    ['index.js'],
  ]);
  expect(workspace.list('nothing')).toEqual([]);
});
