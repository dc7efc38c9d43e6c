import { describe, expect, it } from 'vitest';
import { readCases, runCase } from './container-cases.js';

const known = ['input.txt', 'output.txt', 'options.json'];

describe('edits of Dockerfiles, case by case', () => {
  const cases = readCases();

  it('finds the folders', () => {
    expect(cases.length).toBeGreaterThan(80);
  });

  it.each(cases)('$name', (one) => {
    expect(one.files.filter((file) => !known.includes(file))).toEqual([]);
    const { text, manual } = runCase(one);
    const isRefused = one.name.startsWith('launcher-refused-');
    expect(text).toBe(isRefused ? undefined : (one.output ?? one.input));
    if (one.output !== undefined) expect(one.output).not.toBe(one.input);
    expect(manual).toEqual((one.options.manual ?? []).map((part) => expect.stringContaining(part)));
  });
});
