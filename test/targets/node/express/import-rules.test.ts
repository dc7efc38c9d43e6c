import { expect, test } from 'vitest';
import { importDirectives } from '../../../../src/targets/node/express/import-rules.js';

const rules = ['import/order', 'import/first', 'simple-import-sort/imports', 'perfectionist/sort-imports'];

test('an import with names: by the line, or by the file where the rule points at what follows', () => {
  expect(importDirectives([...rules, 'sort-imports'], false)).toEqual({
    eslintDisable: ['import/order', 'simple-import-sort/imports'],
    eslintDisableInFile: ['perfectionist/sort-imports', 'sort-imports'],
  });
});

test('an import without names has no place to most rules, and a directive for them would be needless', () => {
  expect(importDirectives(rules, true)).toEqual({
    eslintDisable: ['simple-import-sort/imports'],
    eslintDisableInFile: [],
  });
});
