import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PythonParser, pythonParser } from '../../../../src/languages/python/parse.js';
import { knownFiles, readCases, runCase } from './edit-cases.js';

describe('edits of Flask apps, case by case', () => {
  const cases = readCases();
  const folder = mkdtempSync(join(tmpdir(), 'apm-flask-cases-'));
  let parser: PythonParser;

  beforeAll(async () => {
    parser = await pythonParser();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds the folders', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  it.each(cases)('$name', (editCase) => {
    expect(readdirSync(editCase.folder).filter((file) => !knownFiles.includes(file))).toEqual([]);
    const expected = editCase.output === undefined ? { refused: editCase.refused } : { output: editCase.output };
    expect(runCase(parser, editCase)).toEqual(expected);
  });

  it('makes files that Python compiles, and that say what they said, plus our lines', async () => {
    const outputs = cases.flatMap(({ name, folder: from, output, options }) => {
      if (output === undefined) return [];
      const path = join(folder, `${name}.py`);
      writeFileSync(path, output);
      return [options.module, join(from, 'input.py.txt'), path];
    });
    const script = fileURLToPath(new URL('same_tree.py', import.meta.url));
    const { exitCode, stderr } = await execa('python3', [script, ...outputs], { reject: false, timeout: 60_000 });
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });
});
