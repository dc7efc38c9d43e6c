import { describe, expect, it } from 'vitest';
import { readCases, runCase } from './edit-cases.js';

const known = /^(input(\.\w+)?\.txt|output(\.\w+)?\.txt|options\.json)$/;

describe('edits of files, case by case', () => {
  const cases = readCases();

  it('finds the folders', () => {
    expect(cases.length).toBeGreaterThan(70);
  });

  it.each(cases)('$name', (editCase) => {
    expect(editCase.files.filter((file) => !known.test(file))).toEqual([]);
    expect(editCase.files.filter((file) => file.startsWith('output'))).toHaveLength(1);
    const edited = runCase(editCase);
    expect(edited).not.toBe(editCase.input);
    expect(edited).toBe(editCase.output);
  });
});
