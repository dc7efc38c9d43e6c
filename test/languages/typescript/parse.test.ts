import { describe, expect, it } from 'vitest';
import { isTypeScript, lineAt, parseSource, syntaxErrors } from '../../../src/languages/typescript/parse.js';

describe('parseSource', () => {
  it.each<[string, string]>([
    ['a.js', 'const a = <div>{x}</div>;'],
    ['a.mjs', "const x = await import('express');"],
    ['a.mjs', "import a from 'a' with { type: 'json' };"],
    ['a.cjs', 'return 1;'],
    ['a.js', 'var await = 1, yield = 2;'],
    ['a.js', 'fs.chmodSync(x, 0755); var s = "\\07"; var n = 08;'],
    ['a.js', 'with (a) {}'],
    ['a.ts', '@dec class A { @f() x = 1; private y?: number }'],
    ['a.ts', 'const f = <T>(x: T) => <string>x;'],
    ['a.mts', 'export @dec class A {}'],
    ['a.cts', "import x = require('x'); export = x;"],
    ['a.tsx', 'const f = <T,>(x: T) => <div>{x}</div>;'],
    ['bin/www', '#!/usr/bin/env node\nfoo();\n'],
    ['bin/www', '\uFEFF#!/usr/bin/env node\r\nfoo();\r\n'],
    ['a.js', '\uFEFFfoo();'],
    ['a.js', ''],
  ])('takes %s: %j', (path, text) => {
    expect(syntaxErrors(parseSource(path, text))).toEqual([]);
  });

  it('counts offsets in the text as it is, with byte order mark and CRLF', () => {
    for (const start of ['', '\uFEFF', '#!/usr/bin/env node\r\n', '\uFEFF#!/usr/bin/env node\r\n', '// 😀\r\n']) {
      const text = `${start}foo();\r\nbar();\r\n`;
      const [first, second] = parseSource('a.js', text).statements;
      expect(text.slice(first?.getStart(), first?.end)).toBe('foo();');
      expect(text.slice(second?.getStart(), second?.end)).toBe('bar();');
    }
  });

  it('knows TypeScript by the extension', () => {
    expect(['a.ts', 'a.mts', 'a.cts', 'a.tsx', 'A.TS'].every(isTypeScript)).toBe(true);
    expect(['a.js', 'a.mjs', 'a.cjs', 'a.jsx', 'ts', 'a.ts.js'].some(isTypeScript)).toBe(false);
  });
});

describe('syntaxErrors', () => {
  it.each<[string, string, number]>([
    ['a.js', 'foo(;\n', 1],
    ['a.js', 'foo();\r\nconst {a\r\n', 3],
    ['a.js', '\n\n/* never closed', 3],
    ['a.js', "foo();\nconst s = 'never closed\n", 2],
    ['a.ts', 'function f(a: ) {}', 1],
    ['www', '\n#!/usr/bin/env node', 2],
  ])('of %s %j names line %i', (path, text, line) => {
    const [problem] = syntaxErrors(parseSource(path, text));
    expect(problem?.line).toBe(line);
    expect(problem?.message).toMatch(/\w/);
  });
});

describe('lineAt', () => {
  it('counts from 1', () => {
    const file = parseSource('a.js', 'a\r\nb\nc');
    expect([0, 3, 5].map((offset) => lineAt(file, offset))).toEqual([1, 2, 3]);
  });
});
