import { describe, expect, test } from 'vitest';
import { formatOf, parseExposition } from '../../src/checks/exposition.js';
import { refused, taken } from './support/exposition-cases.js';

// What the lexers and parsers in Prometheus' model/textparse take and refuse.

describe('the text format', () => {
  test.each(taken)('takes %s', (_, line, sample) => {
    expect(parseExposition(line).samples).toEqual([sample]);
  });

  test('takes comments, empty lines, a TYPE without samples, a family without a TYPE, a HELP without text', () => {
    const text = '# just so\n#and so\n\n# TYPE a counter\n# HELP a\n# TYPE b gauge\n# EOF\nb 1\nc_total 2\n';
    const { families, samples } = parseExposition(text);
    expect(families.get('a')).toEqual({ name: 'a', type: 'counter', help: '' });
    expect(families.get('c_total')).toBeUndefined();
    expect(samples.map(({ name }) => name)).toEqual(['b', 'c_total']);
  });

  test.each(refused)('refuses %s', (_, text, message) => {
    expect(() => parseExposition(text)).toThrow(message);
  });
});

describe('OpenMetrics', () => {
  const counter = '# TYPE a counter\n# UNIT a seconds\na_total{b="c"} 1 # {trace_id="x"} 0.5 1700000000.5\n';

  test('takes exemplars, timestamps in seconds, and a family without _total', () => {
    const { families, samples } = parseExposition(`${counter}b 1 1700000000.123\n# EOF\n`, 'openmetrics');
    expect(samples.map(({ name, value }) => [name, value])).toEqual([
      ['a_total', 1],
      ['b', 1],
    ]);
    expect(families.get('a_total')?.type).toBe('counter');
  });

  test.each([
    ['without # EOF', counter, 'the text ends without "# EOF"'],
    ['an empty line', `${counter}\n# EOF\n`, 'line 4: an empty line'],
    ['text after # EOF', `${counter}# EOF\na 1\n`, 'line 5: text after "# EOF"'],
    ['untyped', '# TYPE a untyped\n# EOF\n', '"untyped" is not a type'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseExposition(text, 'openmetrics')).toThrow(message);
  });

  test('is chosen by the Content-Type', () => {
    expect(formatOf('application/openmetrics-text; version=1.0.0')).toBe('openmetrics');
    expect(formatOf('text/plain; version=0.0.4')).toBe('text');
    expect(formatOf(undefined)).toBe('text');
  });
});

test('a long line is cut in the message', () => {
  expect(() => parseExposition(`up ${'x'.repeat(5_000)}`)).toThrow(/^[^…]{100,250}…$/);
});
