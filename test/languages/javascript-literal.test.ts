import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { javascriptLiteral } from '../../src/languages/javascript-literal.js';

const quote = fc.constantFrom<"'" | '"'>("'", '"');
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '\n',
      '\r',
      '\u2028',
      '\u2029',
      '\0',
      '1',
      '$',
      '{',
      '<',
      '/',
      '\uFEFF',
      '\uD800',
    ),
  }),
  fc.constantFrom('</script>', '<!--', '-->', ']]>', '$' + '{x}', "'+alert(1)+'", '*/', '\\u0041', '__proto__'),
);
// Without -0, which no answer can be.
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.integer(),
);
const value = fc.oneof(scalar, fc.array(scalar), fc.array(fc.array(scalar)));

describe('javascriptLiteral', () => {
  test('evaluates to the value, in strict and in sloppy code', () => {
    fc.assert(
      fc.property(value, quote, (given, quotes) => {
        const literal = javascriptLiteral(given, quotes);
        expect(evaluate(literal)).toEqual(given);
        expect(evaluate(literal, "'use strict';")).toEqual(given);
      }),
      { numRuns: 400 },
    );
  });

  test('stays on one line and never ends a script element', () => {
    fc.assert(
      fc.property(value, quote, (given, quotes) => {
        expect(javascriptLiteral(given, quotes)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\uFEFF]|<\/?script|<!--/iu);
      }),
      { numRuns: 400 },
    );
  });

  test.each([undefined, null, Number.NaN, Number.POSITIVE_INFINITY, {}, () => 1, Symbol('x'), 1n, [undefined]])(
    'has none for %s',
    (given) => {
      expect(() => javascriptLiteral(given)).toThrow(TypeError);
    },
  );
});

/** In a realm of its own; through JSON, so that its arrays are those of this realm. */
function evaluate(literal: string, prologue = ''): unknown {
  const json: unknown = runInNewContext(`${prologue} JSON.stringify({ value: (${literal}) })`);
  return JSON.parse(String(json)).value;
}
