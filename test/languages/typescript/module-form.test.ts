import { describe, expect, it } from 'vitest';
import { type ImportForm, importForm } from '../../../src/languages/typescript/module-form.js';
import { parseSource } from '../../../src/languages/typescript/parse.js';

describe('importForm', () => {
  it.each<[string, string, ImportForm]>([
    ['a.js', "import 'a'; module.exports = require('b');", 'esm'],
    ['a.js', 'export const a = 1;', 'esm'],
    ['a.js', 'export default f();', 'esm'],
    ['a.ts', "import a = require('a');", 'import-equals'],
    ['a.ts', 'export = 1;', 'import-equals'],
    ['a.ts', "import a = require('a'); import b from 'b';", 'esm'],
    ['a.ts', "export import a = require('a');", 'import-equals'],
    ['a.js', "const a = require('a');", 'cjs'],
    ['a.js', 'module.exports = {};', 'cjs'],
    ['a.js', 'exports.a = 1;', 'cjs'],
    ['bin/www', "require('../app');", 'cjs'],
    ['bin/www', "import '../app.js';", 'esm'],
    ['a.mjs', "const require = createRequire(x); require('a');", 'esm'],
    ['a.mts', '', 'esm'],
    ['a.cjs', '', 'cjs'],
  ])('%s %j: %s', (path, text, form) => {
    const other = form === 'esm' ? 'cjs' : 'esm';
    expect(importForm(parseSource(path, text), other)).toBe(form);
  });

  it('falls back where nothing tells', () => {
    const file = parseSource('a.js', 'x.exports = module.id; y.require(1);');
    expect([importForm(file, 'esm'), importForm(file, 'cjs')]).toEqual(['esm', 'cjs']);
  });
});
