import { describe, expect, it } from 'vitest';
import { allowsOnlyOlder } from '../../src/languages/version-bound.js';

describe('allowsOnlyOlder than 0.16', () => {
  it.each(['==0.15', '===0.9.0', '0.15.9', '==0.15.*', '<0.16', '<=0.15.9', '>=0.9,<0.16', '(>=0.9,<0.10)'])(
    '%s: it does',
    (specifier) => expect(allowsOnlyOlder(specifier, '0.16')).toBe(true),
  );
  it.each(['~=0.15.0', '~0.15', '~0.15.3', '^0.15', '^0.0.3', '^0.15.2', '^0.15 || ~0.14'])(
    '%s: it does',
    (specifier) => expect(allowsOnlyOlder(specifier, '0.16')).toBe(true),
  );
  it.each([
    '',
    '*',
    '>=0.9',
    '!=0.15',
    '~=0.15',
    '==0.16.0',
    '==0.*',
    '<1',
    '<=0.16',
    '^0.16',
    '^0',
    '~0',
    '^0.15 || ^1',
  ])('%s: it does not', (specifier) => expect(allowsOnlyOlder(specifier, '0.16')).toBe(false));
});

describe('allowsOnlyOlder than 4.5', () => {
  it.each([
    ['^4.3.4', false],
    ['~4.3', true],
    ['~4', false],
    ['^3', true],
    ['4.*', false],
    ['@ https://example.com/redis.whl', false],
  ])('%s: %s', (specifier, expected) => expect(allowsOnlyOlder(specifier, '4.5')).toBe(expected));
});
