import { describe, expect, test } from 'vitest';
import { paintFor } from '../../src/report/paint.js';

const plain = 'text';
const red = '\u001b[31mtext\u001b[39m';

describe('paintFor', () => {
  test.each<[string, boolean, NodeJS.ProcessEnv, string]>([
    ['a terminal', true, {}, red],
    ['no terminal', false, {}, plain],
    ['NO_COLOR', true, { NO_COLOR: '1' }, plain],
    ['NO_COLOR with any value', true, { NO_COLOR: 'no' }, plain],
    ['an empty NO_COLOR, which is none', true, { NO_COLOR: '' }, red],
    ['a dumb terminal', true, { TERM: 'dumb' }, plain],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, red],
    ['an empty FORCE_COLOR, which is none', false, { FORCE_COLOR: '' }, plain],
    ['FORCE_COLOR=0', false, { FORCE_COLOR: '0' }, plain],
    ['NO_COLOR before FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, plain],
  ])('%s', (_, isTTY, env, painted) => {
    expect(paintFor({ isTTY }, env)('red', 'text')).toBe(painted);
  });

  test('does not look at standard output, which may be another stream', () => {
    const before = process.env['NO_COLOR'];
    process.env['NO_COLOR'] = '1';
    try {
      expect(paintFor({ isTTY: true }, {})('red', 'text')).toBe(red);
    } finally {
      if (before === undefined) delete process.env['NO_COLOR'];
      else process.env['NO_COLOR'] = before;
    }
  });
});
