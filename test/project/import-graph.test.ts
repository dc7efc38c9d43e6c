import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { reachedFiles, specifiersOf } from '../../src/project/import-graph.js';
import { readTypescriptConfig } from '../../src/project/tsconfig.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

function reach(root: string, start: string, imports: Readonly<Record<string, unknown>> = {}): string[] {
  const found = [...reachedFiles(new Workspace(root), start, readTypescriptConfig(root, '.'), imports)];
  return found.map(({ path, depth }) => `${depth} ${path}`);
}

describe('specifiersOf', () => {
  test.each([
    ["import a from './a';", ['./a']],
    ['import "./a.js"', ['./a.js']],
    ["import { a,\n  b } from './a'", ['./a']],
    ["export * from './a'; export { b } from './b';", ['./a', './b']],
    ["const a = require('./a'), b = require( `./b` );", ['./a', './b']],
    ["await import('./a')", ['./a']],
    ["import a = require('./a');", ['./a']],
    ["require(name); require('./' + name); const from = 'x';", ['./']],
    ["transform('./a'); myrequire('./b')", []],
  ])('%s', (text, found) => {
    expect(specifiersOf(text)).toEqual(found);
  });
});

describe('reachedFiles', () => {
  test('gives the nearest first, each once, and gets through cycles', () => {
    const root = makeFolder({
      'server.js': "require('./app'); require('./config'); require('express');",
      'app.js': "require('./routes'); require('./server');",
      'config.js': "require('./routes/');",
      'routes/index.js': "require('../app.js'); require('.'); require('./deep');",
      'routes/deep.js': '',
    });
    expect(reach(root, 'server.js')).toEqual([
      '0 server.js',
      '1 app.js',
      '1 config.js',
      '2 routes/index.js',
      '3 routes/deep.js',
    ]);
  });

  test("follows TypeScript's .js specifiers, aliases and baseUrl", () => {
    const compilerOptions = { baseUrl: 'src', paths: { '@/*': ['./*'], '#config': ['gone.ts', 'settings/config.ts'] } };
    const root = makeFolder({
      'tsconfig.json': JSON.stringify({ compilerOptions }),
      'src/server.ts': "import './a.js'; import '@/lib/b'; import c from '#config'; import 'd/e'; import 'express';",
      'src/a.ts': '',
      'src/lib/b.ts': '',
      'src/settings/config.ts': '',
      'src/d/e.ts': '',
    });
    expect(reach(root, 'src/server.ts')).toEqual([
      '0 src/server.ts',
      '1 src/a.ts',
      '1 src/lib/b.ts',
      '1 src/settings/config.ts',
      '1 src/d/e.ts',
    ]);
  });

  test("follows package.json's imports, with conditions", () => {
    const root = makeFolder({
      'index.js': "import '#lib/a'; import '#db'; import '#gone'",
      'lib/a.js': '',
      'db/node.js': '',
    });
    const imports = { '#lib/*': './lib/*.js', '#db': { browser: null, node: './db/node.js' }, '#gone': [] };
    expect(reach(root, 'index.js', imports)).toEqual(['0 index.js', '1 lib/a.js', '1 db/node.js']);
  });

  test('leaves out what lies outside, be it by the path or through a link', () => {
    const outside = makeFolder({ 'shared.js': '' });
    const root = makeFolder({
      'app.js': "require('../x'); require('./shared'); require('/etc/hosts'); require('./own')",
      'own.js': '',
    });
    symlinkSync(join(outside, 'shared.js'), join(root, 'shared.js'));
    expect(reach(root, 'app.js')).toEqual(['0 app.js', '1 own.js']);
  });

  test('reads a bounded number of files', () => {
    const files: Record<string, string> = { 'app.js': '' };
    for (let index = 0; index < 300; index += 1) files[`lib/m${index}.js`] = '';
    const requires = Object.keys(files).map((path) => `require('./${path}');`);
    const all: Texts = { ...files, 'app.js': requires.join('\n') };
    expect(reach(makeFolder(all), 'app.js')).toHaveLength(120);
  });

  test('gives nothing for a start that is not there', () => {
    expect(reach(makeFolder(), 'gone.js')).toEqual([]);
  });
});
