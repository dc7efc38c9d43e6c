import { expect, test } from 'vitest';
import { parseSource } from '../../../../src/languages/typescript/parse.js';
import { importDirectives } from '../../../../src/targets/node/express/import-rules.js';

const rules = [
  'import/order',
  'import/first',
  'simple-import-sort/imports',
  'perfectionist/sort-imports',
  'sort-imports',
];
const two = "import express from 'express';\nimport helmet from 'helmet';\nimport { users } from './users.js';\n";
const one = "import express from 'express';\nimport { users } from './users.js';\n";
const commonJs = "const express = require('express');\nconst helmet = require('helmet');\n";

test.each([
  [
    'two packages after it',
    two,
    false,
    ['import/order', 'simple-import-sort/imports'],
    ['perfectionist/sort-imports', 'sort-imports'],
  ],
  [
    'one package after it',
    one,
    false,
    ['simple-import-sort/imports'],
    ['import/order', 'perfectionist/sort-imports', 'sort-imports'],
  ],
  [
    'nothing but neighbours',
    "import { a } from './a.js';\n",
    false,
    ['simple-import-sort/imports'],
    ['perfectionist/sort-imports', 'sort-imports'],
  ],
  ['no other import', 'f();\n', false, [], []],
  ['CommonJS, which only import/order looks at', commonJs, false, ['import/order'], []],
  ['without names, ES module', two, true, ['simple-import-sort/imports'], ['perfectionist/sort-imports']],
  ['without names, CommonJS', commonJs, true, [], []],
])('%s', (_, text, bare, eslintDisable, eslintOffInFile) => {
  const file = parseSource('app.js', text);
  expect(importDirectives(rules, file, bare)).toEqual({ eslintDisable, eslintOffInFile });
});
