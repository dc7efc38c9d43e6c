import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { resolveSource } from '../../src/project/source-files.js';
import { makeFolder } from '../cli/support/folders.js';

const given = {
  'app.js': '',
  'app/other.js': '',
  'server.ts': '',
  'worker.mts': '',
  'page.tsx': '',
  'lib/index.js': '',
  'lib.d/index.ts': '',
  'bin/www': '#!/usr/bin/env node\n',
  'data.json': '{}',
  'v1.2/index.js': '',
};

describe('resolveSource', () => {
  test.each([
    ['app.js', 'app.js'],
    ['./app.js', 'app.js'],
    ['app', 'app.js'],
    ['lib', 'lib/index.js'],
    ['lib/', 'lib/index.js'],
    ['lib/../app', 'app.js'],
    ['server.js', 'server.ts'],
    ['server', 'server.ts'],
    ['page.js', 'page.tsx'],
    ['page.jsx', 'page.tsx'],
    ['worker.mjs', 'worker.mts'],
    ['bin/www', 'bin/www'],
    ['lib.d', 'lib.d/index.ts'],
    ['v1.2', 'v1.2/index.js'],
    ['data.json', undefined],
    ['gone', undefined],
    ['../outside.js', undefined],
    ['lib/../../outside.js', undefined],
    ['/etc/hostname', undefined],
    ['.', undefined],
    ['', undefined],
  ])('%j is %j', (path, found) => {
    expect(resolveSource(new Workspace(makeFolder(given)), path)).toBe(found);
  });

  test('the folder itself is its index', () => {
    expect(resolveSource(new Workspace(makeFolder({ 'index.ts': '' })), '.')).toBe('index.ts');
  });

  test('a file that is not text, and a link that leads out or nowhere, are no source', () => {
    const outside = makeFolder({ 'shared.js': '' });
    const root = makeFolder({ 'a/index.js': '' });
    symlinkSync(join(outside, 'shared.js'), join(root, 'shared.js'));
    symlinkSync(outside, join(root, 'common'));
    symlinkSync(join(root, 'gone.js'), join(root, 'dead.js'));
    for (const path of ['shared', 'common/shared.js', 'dead']) {
      expect(resolveSource(new Workspace(root), path), path).toBeUndefined();
    }
  });
});
