import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Diagnosis, diagnose } from '../../src/doctor/diagnose.js';
import { Workspace } from '../../src/plan/workspace.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const fault = "const client = require('prom-client');\nnew client.Counter({ name: 'orders', help: 'Orders' });\n";

function diagnoseTexts(files: Texts): Diagnosis {
  return diagnoseFolder(makeFolder(files));
}

function diagnoseFolder(root: string): Diagnosis {
  const workspace = new Workspace(root);
  return diagnose(workspace.root, workspace);
}

function places({ findings }: Diagnosis): string[] {
  return findings.map(({ path, line, column, rule }) => `${path}:${line}:${column} ${rule}`);
}

test('a folder without code, and code that measures nothing', () => {
  expect(diagnoseTexts({})).toEqual({ findings: [], skipped: [], examined: 0 });
  expect(diagnoseTexts({ 'app.js': 'app.use((req) => counter.inc({ path: req.path }));' }).examined).toBe(0);
});

test('a file that cannot be parsed is named, and the others are judged', () => {
  const { skipped, ...rest } = diagnoseTexts({
    'broken.js': "const client = require('prom-client');\nnew client.Counter({ name: \n",
    'good.js': fault,
  });
  expect(places({ ...rest, skipped })).toEqual(['good.js:2:1 metric-name']);
  expect(skipped).toEqual([
    { path: 'broken.js', line: expect.any(Number), reason: expect.stringMatching(/not valid/) },
  ]);
});

test('tests, installed packages and built files are left out', () => {
  const files = [
    'test/a.js',
    'src/__tests__/b.js',
    'src/c.test.js',
    'src/d.spec.js',
    'node_modules/e/index.js',
    'dist/f.js',
  ];
  expect(diagnoseTexts(Object.fromEntries(files.map((path) => [path, fault]))).examined).toBe(0);
});

test('a link that leads out is not followed', () => {
  const outside = makeFolder({ 'secret.js': fault, 'folder/secret.js': fault });
  const root = makeFolder({ 'app.js': "require('prom-client'); require('./link'); require('./linked/secret');" });
  symlinkSync(join(outside, 'secret.js'), join(root, 'link.js'));
  symlinkSync(join(outside, 'folder'), join(root, 'linked'));
  expect(places(diagnoseFolder(root))).toEqual([]);
});

test('what looks like a client and is none is none', () => {
  const text = "import { Counter } from './counter';\nnew Counter({ name: 'orders', help: 'Orders' });\n";
  const own = 'export class Counter { constructor(options) {} }';
  expect(places(diagnoseTexts({ 'a.js': text, 'counter.js': own, 'b.js': "require('prom-client');" }))).toEqual([]);
});

test('every way to get hold of the client, and names through aliases', () => {
  const declare = (what: string) => `new ${what}({ name: 'orders', help: 'Orders' });\n`;
  const found = diagnoseTexts({
    'tsconfig.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "~/*": ["src/*"] } } }',
    'src/a.ts': `import { Counter as C } from 'prom-client';\n${declare('C')}`,
    'src/b.ts': `import * as c from '@prometheus-io/client';\n${declare('c.Counter')}`,
    'src/c.ts': `import c = require('prom-client');\n${declare('c.Counter')}`,
    'src/d.ts': `import c from 'prom-client';\n${declare('c.Counter')}`,
    'src/e.ts': `const c = require('prom-client');\n${declare('c.Counter')}`,
    'src/f.cjs': `const { Counter } = require('prom-client');\n${declare('Counter')}`,
    'src/g.mjs': `const { Counter } = await import('prom-client');\n${declare('Counter')}`,
    'src/client.ts': "export { Counter } from 'prom-client';\n",
    'src/h.ts': `import { Counter } from '~/client';\n${declare('Counter')}`,
  });
  const files = ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts', 'f.cjs', 'g.mjs', 'h.ts'];
  expect(places(found)).toEqual(files.map((name) => `src/${name}:2:1 metric-name`));
});

test('a chain of a few thousand imports, and one in a circle', () => {
  const files: Record<string, string> = { 'f0.js': fault };
  for (let index = 1; index < 3000; index += 1) {
    files[`f${index}.js`] = `const { hits } = require('./f${index - 1}');\nmodule.exports = { hits };\n`;
  }
  files['f1.js'] += "require('./f2999');\n";
  expect(places(diagnoseTexts(files))).toEqual(['f0.js:2:1 metric-name']);
}, 120_000);

test('columns and lines count as editors do: byte order mark, CRLF, shebang', () => {
  const text =
    "\uFEFF#!/usr/bin/env node\r\nconst c = require('prom-client');\r\n  new c.Counter({ name: 'x', help: 'x' });\r\n";
  expect(places(diagnoseTexts({ 'a.js': text }))).toEqual(['a.js:3:3 metric-name']);
});

test('a comment silences its line and the next, for the named rules only', () => {
  const line = "new c.Counter({ name: 'x', help: 'x' });";
  const found = diagnoseTexts({
    'a.js': [
      "const c = require('prom-client');",
      '// add-prom-metrics-ignore metric-name: read by a dashboard of another team',
      line,
      line,
      `${line} /* add-prom-metrics-ignore metric-name: the same */`,
      "'add-prom-metrics-ignore metric-name: a text is no comment';",
      line,
    ].join('\n'),
  });
  expect(places(found)).toEqual(['a.js:4:1 metric-name', 'a.js:7:1 metric-name']);
});
