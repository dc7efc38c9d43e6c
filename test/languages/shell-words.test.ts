import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellCommands } from '../../src/languages/shell-words.js';

const values = (text: string) => shellCommands(text).map((words) => words.map(({ value }) => value));

describe('shellCommands', () => {
  it.each([
    ['node server.js', [['node', 'server.js']]],
    ['a && b || c; d | e & f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    [
      '(cd x; node y)',
      [
        ['cd', 'x'],
        ['node', 'y'],
      ],
    ],
    ['node "my app.js" \'b c\' d\\ e', [['node', 'my app.js', 'b c', 'd e']]],
    ['a"b c"d', [['ab cd']]],
    ['echo "a \\"b\\" \\n" \'\\n\'', [['echo', 'a "b" \\n', '\\n']]],
    ['node x # and y', [['node', 'x']]],
    ['node x#y', [['node', 'x#y']]],
    ['node "unfinished', [['node', 'unfinished']]],
    ['a\nb', [['a'], ['b']]],
    ['""', [['']]],
    ['a\\', [['a\\']]],
    ['  ', []],
  ])('%j', (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it('says where each word stands', () => {
    const text = ' NODE_ENV=x  exec node "a b.js" --x';
    const words = shellCommands(text).flat();
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual([
      'NODE_ENV=x',
      'exec',
      'node',
      '"a b.js"',
      '--x',
    ]);
  });

  it('reads words as the shell does', () => {
    const piece = fc.constantFrom(
      'a',
      'b.js',
      ' ',
      '  ',
      '"x y"',
      "'p \"q'",
      '\\ ',
      '\\"',
      '"\\\\"',
      '""',
      '-',
      '\\\\',
    );
    const line = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `w${pieces.join('')}`);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
        const script = lines.map((text) => `printf '%s\\0' ${text}; printf '\\n'`).join('\n');
        const output = execFileSync('sh', ['-c', script], { encoding: 'utf8', timeout: 10_000 });
        const expected = output
          .split('\n')
          .slice(0, -1)
          .map((words) => words.split('\0').slice(0, -1));
        expect(lines.map((text) => values(text).flat())).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
