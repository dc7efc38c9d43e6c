import { describe, expect, it } from 'vitest';
import { freeName } from '../../../src/languages/typescript/names.js';
import { parseSource } from '../../../src/languages/typescript/parse.js';

describe('freeName', () => {
  it.each<[string, string]>([
    ['', 'a'],
    ['x.a(); const y = { a: 1 }; class Z { a() {} }', 'a'],
    ["import { a as x } from 'm'; const { a: y } = x;", 'a'],
    ['a();', 'b'],
    ['function f(a) {}', 'b'],
    ["import { x as a } from 'm';", 'b'],
    ['const y = { a };', 'b'],
    ['let z: a;', 'b'],
    ['a(b);', 'b2'],
    ['a(b, b2, b3);', 'b4'],
  ])('in %j', (text, expected) => {
    expect(freeName(parseSource('a.ts', text), ['a', 'b'])).toBe(expected);
  });
});
