import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pythonLiteral } from '../../src/languages/python-literal.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '\n', '\r', '\u2028', '\0', '1', 'N', '{', '}', '\uFEFF', '\uD800'),
  }),
  fc.constantFrom('"""', "'''", '\\N{BULLET}', '%s', '" + __import__("os").name + "', '# no', '😀'),
);
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.integer(),
  fc.constant(undefined),
);
const value = fc.oneof(scalar, fc.array(scalar), fc.array(fc.array(scalar)));

// Python's own reading of each literal, as JSON; a lone surrogate stays one.
const read = `
import ast, json, sys
for line in sys.stdin:
    print(json.dumps(ast.literal_eval(json.loads(line))))
`;

test('Python reads back what went in', async () => {
  const values = fc.sample(value, 3000);
  const literals = values.map(pythonLiteral);
  for (const literal of literals) expect(literal).toMatch(/^[\x20-\x7e]*$/);
  const input = literals.map((literal) => JSON.stringify(literal)).join('\n');
  const { stdout } = await execa('python3', ['-c', read], { input, timeout: 60_000 });
  const back: unknown[] = stdout.split('\n').map((line) => JSON.parse(line));
  expect(back).toEqual(values.map((one) => JSON.parse(JSON.stringify(one ?? null))));
});

test('what has no literal is refused', () => {
  for (const one of [null, Number.NaN, Number.POSITIVE_INFINITY, {}, Symbol('x'), () => 1]) {
    expect(() => pythonLiteral(one)).toThrow(TypeError);
  }
});
