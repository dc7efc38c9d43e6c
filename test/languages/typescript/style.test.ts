import { describe, expect, it } from 'vitest';
import type { TextStyle } from '../../../src/languages/style.js';
import { detectStyle } from '../../../src/languages/typescript/style.js';

describe('detectStyle', () => {
  it.each<[string, Partial<TextStyle>]>([
    ['a();\r\nb();\r\nc();\n', { eol: '\r\n' }],
    ['a();\r\nb();\nc();\n', { eol: '\n' }],
    ['if (a) {\n\tb();\n}\n', { indent: '\t' }],
    ['if (a) {\n    b();\n    if (c) {\n        d();\n    }\n}\n', { indent: '    ' }],
    ['class A {\n   b() {\n      c();\n   }\n}\n', { indent: '   ' }],
    ['/*\n    four\n    in a comment\n*/\nif (a) {\n  b(`\n      c\n      d`);\n}\n', { indent: '  ' }],
    ['var a = 1\n  , b = 2;\nfunction f() {\n    return b;\n}\n', { indent: '    ' }],
    ['a("x"); b("y"); c(\'z\');', { quote: '"' }],
    ['a("it\'s"); b("don\'t"); c(\'z\');', { quote: "'" }],
    ['// "a" "b" "c"\nx(\'z\'); /"/.test(`"`);', { quote: "'" }],
    ['const a = <A b="c" d="e" f="g" />; h(\'i\');', { quote: "'" }],
    ['a()\nb()\nc();\n', { semicolons: false }],
    ['for (;;) {}\nif (a) { b() }\n', { semicolons: false }],
    ['a()\n;[1].map(b)\n;(c)()\nd()\n', { semicolons: false }],
    ["import a from 'a'\n;(await a())\n", { semicolons: false }],
    ['function f() {}\nclass A {}\na();\n', { semicolons: true }],
  ])('%j', (text, expected) => {
    expect(detectStyle('a.jsx', text)).toMatchObject(expected);
  });

  it('falls back where the file shows nothing, or both equally', () => {
    const fallback: TextStyle = { eol: '\r\n', indent: '\t', quote: '"', semicolons: false };
    expect(detectStyle('a.js', '', fallback)).toEqual(fallback);
    expect(detectStyle('a.js', 'a("b"); c(\'d\')', fallback)).toEqual(fallback);
    expect(detectStyle('a.js', '')).toEqual({ eol: '\n', indent: '  ', quote: "'", semicolons: true });
  });
});
