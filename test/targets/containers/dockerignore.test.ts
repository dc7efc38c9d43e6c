import { describe, expect, it } from 'vitest';
import { isIgnored } from '../../../src/targets/containers/dockerignore.js';

describe('isIgnored', () => {
  it.each([
    ['metrics', 'metrics/index.js', true],
    ['/metrics/', 'metrics/index.js', true],
    ['./metrics', 'metrics/index.js', true],
    ['metrics', 'src/metrics/index.js', false],
    ['**/metrics', 'src/metrics/index.js', true],
    ['**/metrics', 'metrics/index.js', true],
    ['*', 'metrics/index.js', true],
    ['*/index.js', 'metrics/index.js', true],
    ['*/*/index.js', 'metrics/index.js', false],
    ['**/*.js', 'src/metrics/index.js', true],
    ['*.js', 'metrics/index.js', false],
    ['m?trics', 'metrics/index.js', true],
    ['m[a-f]trics', 'metrics/index.js', true],
    ['m[^a-f]trics', 'metrics/index.js', false],
    ['metric', 'metrics/index.js', false],
    ['# metrics', 'metrics/index.js', false],
    ['', 'metrics/index.js', false],
    ['*\n!metrics', 'metrics/index.js', false],
    ['*\r\n!metrics/**\r\n', 'metrics/index.js', false],
    ['!metrics\n*', 'metrics/index.js', true],
    ['*\n!src', 'metrics/index.js', true],
    ['*\n! metrics \n', 'metrics/index.js', false],
    ['src/..\\metrics', 'metrics/index.js', false],
    ['a/../metrics', 'metrics/index.js', true],
    ['\uFEFFmetrics', 'metrics/index.js', true],
    ['met(rics', 'met(rics/a+b.js', true],
    ['a+b', 'aab', false],
    ['../metrics', 'metrics/index.js', false],
    ['/../metrics', 'metrics/index.js', true],
    ['**.js', 'metrics/index.js', true],
    ['metrics/**.js', 'metrics/index.js', false],
    ['metrics/**', 'metrics/index.js', true],
    ['**/*', 'metrics/index.js', true],
  ])('%j on %s: %s', (text, path, expected) => {
    expect(isIgnored(text, path)).toBe(expected);
  });
});
