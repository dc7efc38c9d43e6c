import { expect, it } from 'vitest';
import { majorityEol } from '../../src/languages/style.js';

it.each<[string, '\n' | '\r\n' | undefined]>([
  ['a\r\nb\r\nc\n', '\r\n'],
  ['a\r\nb\nc\n', '\n'],
  ['a\r\nb\n', '\n'],
  ['a', undefined],
  ['', undefined],
])('the line ending of most lines of %j', (text, expected) => {
  expect(majorityEol(text)).toBe(expected);
});
