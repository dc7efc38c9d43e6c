import { expect, test } from 'vitest';
import { RefusedError, UsageError } from '../../src/errors.js';
import { sha256 } from '../../src/plan/hash.js';
import { type InstallRecord, parseRecord, stringifyRecord } from '../../src/plan/record.js';

const record: InstallRecord = {
  version: 1,
  tool: '0.1.0',
  answers: { appTag: 'shop', workers: 1 },
  files: [
    { path: 'src/b.js', action: 'create', kind: 'sealed', sha256: sha256('b'), inserts: [] },
    {
      path: 'src/a.js',
      action: 'update',
      kind: 'edited',
      sha256: sha256('a'),
      inserts: [{ before: '\uFEFF\ud83d', text: 'x\r\n', after: '', old: 'y' }],
    },
  ],
};

test('survives the file, with its files in order and the same bytes each time', () => {
  const text = stringifyRecord(record);
  expect(parseRecord(text, '0.1.0')).toEqual({ ...record, files: [...record.files].reverse() });
  expect(stringifyRecord(parseRecord(text, '0.1.0'))).toBe(text);
  expect(text.endsWith('}\n')).toBe(true);
});

test('a record of a newer version is refused, one of a newer minor version of the tool is read', () => {
  const text = stringifyRecord(record);
  expect(() => parseRecord(text.replace('"version": 1', '"version": 2'), '0.1.0')).toThrow(RefusedError);
  expect(() => parseRecord(text.replace('0.1.0', '1.0.0'), '0.9.0')).toThrow(/newer version.*1\.0\.0/);
  expect(parseRecord(text.replace('0.1.0', '0.2.0'), '0.1.0').tool).toBe('0.2.0');
});

test.each([
  ['{', /add-prom-metrics\.json is not valid JSON: line 1/],
  ['[]', /add-prom-metrics\.json: the document must be an object/],
  ['{"version": "1"}', /version must be a number/],
  ['{"version": 0, "tool": "0.1.0"}', /version must be 1/],
  ['{"version": 1, "tool": 1}', /tool must be a string/],
  ['{"version": 1, "tool": "0.1.0", "answers": [], "files": []}', /answers must be an object/],
  ['{"version": 1, "tool": "0.1.0", "answers": {}, "files": {}}', /files must be an array/],
])('%s is a usage error that names the place', (text, message) => {
  expect(() => parseRecord(text, '0.1.0')).toThrow(message);
  expect(() => parseRecord(text, '0.1.0')).toThrow(UsageError);
});

test.each([
  ['"kind": "sealed"', '"kind": "own"', /files\[1\]\.kind must be one of/],
  ['"kind": "sealed"', '"kind": "edited"', /files\[1\]\.kind must be one that goes with "create"/],
  [sha256('b'), 'abc', /files\[1\]\.sha256/],
  ['"after": ""', '"after": 1', /files\[0\]\.inserts\[0\]\.after must be a string/],
])('a record with %s as %s is a usage error that names the place', (from, to, message) => {
  expect(() => parseRecord(stringifyRecord(record).replace(from, to), '0.1.0')).toThrow(message);
});
