import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RefusedError, UsageError } from '../../src/errors.js';
import { Workspace } from '../../src/plan/workspace.js';
import { findGitRoot } from '../../src/project/git-root.js';
import { readNodeProject } from '../../src/project/node-project.js';
import { listSources } from '../../src/project/source-list.js';
import { makeFolder, makeRepository } from '../cli/support/folders.js';

const read = (root: string) => readNodeProject(root, new Workspace(root));

describe('readNodeProject', () => {
  test('takes facts from the target and from the folders above it, up to the git root', () => {
    const root = makeRepository({
      'package.json': '{"workspaces":["api"]}',
      'pnpm-lock.yaml': '',
      'api/package.json': '{"name":"api"}',
      'api/tsconfig.json': '{"compilerOptions":{"module":"nodenext"}}',
    });
    expect(read(join(root, 'api'))).toMatchObject({
      gitRoot: root,
      manifest: { name: 'api' },
      packageManager: { name: 'pnpm', lockfile: join(root, 'pnpm-lock.yaml') },
      typescript: { module: 'nodenext' },
    });
  });

  test('works without git, and does not look above the target then', () => {
    const root = makeFolder({ 'pnpm-lock.yaml': '', 'api/package.json': '{}' });
    expect(read(join(root, 'api'))).toMatchObject({ gitRoot: undefined, packageManager: { name: 'npm' } });
  });

  test('without package.json says where to run it', () => {
    const root = makeFolder({ 'app.js': '' });
    expect(() => read(root)).toThrow(UsageError);
    expect(() => read(root)).toThrow('There is no package.json in');
  });

  test('refuses a package.json that is a folder, or not UTF-8', () => {
    const root = makeFolder();
    mkdirSync(join(root, 'package.json'));
    expect(() => read(root)).toThrow(RefusedError);
    expect(() => read(root)).toThrow('package.json cannot be read: package.json is a directory, not a file.');
  });
});

test('findGitRoot finds .git as a folder, and as the file that a work tree has', () => {
  const root = makeFolder({ '.git/HEAD': '', 'a/b/x': '', 'tree/.git': 'gitdir: ../.git\n', 'tree/c/x': '' });
  expect(findGitRoot(join(root, 'a/b'))).toBe(root);
  expect(findGitRoot(join(root, 'tree/c'))).toBe(join(root, 'tree'));
  expect(findGitRoot(makeFolder())).toBeUndefined();
});

test('listSources lists sources only, sorted, without what is installed, built or hidden', () => {
  const root = makeFolder({
    'src/b.ts': '',
    'src/a.cjs': '',
    'index.js': '',
    'readme.md': '',
    'node_modules/x/index.js': '',
    'packages/api/node_modules/x.js': '',
    'dist/index.js': '',
    '.cache/x.js': '',
    '.eslintrc.cjs': '',
    'view.jsx': '',
  });
  mkdirSync(join(root, 'locked'));
  chmodSync(join(root, 'locked'), 0);
  expect(listSources(root)).toEqual(['.eslintrc.cjs', 'index.js', 'src/a.cjs', 'src/b.ts', 'view.jsx']);
});
