import { describe, expect, it } from 'vitest';
import { boundNames, importedSpecifiers } from '../../../src/languages/typescript/imports.js';

describe('boundNames', () => {
  const bound = (text: string, path = 'a.ts'): string[] =>
    boundNames(path, text, ['m']).map(({ name, imported }) => `${name}=${imported}`);

  it.each<[string, string[]]>([
    ["import x from 'm'", ['x=default']],
    ["import * as x from 'm'", ['x=*']],
    ["import { default as x, a as b, c } from 'm'", ['x=default', 'b=a', 'c=c']],
    ["import type { T } from 'm'", ['T=T']],
    ["import x = require('m')", ['x=*']],
    ["const x = require('m')", ['x=*']],
    ["const x = require('m').default", ['x=default']],
    ["const x = require('m')['a']", ['x=a']],
    ["const { default: x, a, b: { c } } = require('m')", ['x=default', 'a=a']],
    ["const { default: { a } } = require('m')", ['a=a']],
    ["var a = 1, x = require('m')", ['x=*']],
    ["let x; x = require('m')", ['x=*', 'x=*']],
    ["let x; ({ a: x } = require('m'))", ['x=a']],
    ["const x = tslib_1.__importDefault(require('m'))", ['x=*']],
    ["const x = __importDefault(require('m')).default", ['x=default']],
    ["const x = await import('m')", ['x=*']],
    ["const { default: x, a } = await import('m')", ['x=default', 'a=a']],
    ["const x = (await import('m')).a", ['x=a']],
    ["import x from 'm'; const { a } = x; const y = x.b", ['x=default', 'a=a', 'y=b']],
    ["import x from 'n'; const y = require('./m'); const z = m", []],
    ["import x from 'm'; function f(x) { const y = x }", ['x=default']],
  ])('%s', (text, expected) => {
    expect(bound(text)).toEqual(expected);
  });

  it('gives the line', () => {
    expect(boundNames('a.js', "\uFEFF\r\nconst x = require('m')", ['m'])).toEqual([
      { name: 'x', imported: '*', line: 2 },
    ]);
  });
});

describe('importedSpecifiers', () => {
  it('gives all, in the order of the text, with the place of the literal', () => {
    const text = [
      '\uFEFF#!/usr/bin/env node',
      "import a from 'a';",
      "import type { T } from 'types';",
      "import { type U } from 'inline-types';",
      "export * from 'b';",
      "import c = require('c');",
      `const s = \`\${require(\`d\`)}\`;`,
      "function f() { return import('e'); }",
      "x.require('no'); require(variable); // require('no')",
      "const r = /require('no')/, t = \"require('no')\";",
      "import 'f';",
    ].join('\r\n');
    const found = importedSpecifiers('a.ts', text);
    expect(found.map(({ specifier, kind, typeOnly }) => [specifier, kind, typeOnly])).toEqual([
      ['a', 'import', false],
      ['types', 'import', true],
      ['inline-types', 'import', true],
      ['b', 'export', false],
      ['c', 'require', false],
      ['d', 'require', false],
      ['e', 'dynamic', false],
      ['f', 'import', false],
    ]);
    for (const { specifier, start, end } of found) expect(text.slice(start + 1, end - 1)).toBe(specifier);
  });
});
