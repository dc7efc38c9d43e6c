import { describe, expect, it } from 'vitest';
import { importedSpecifiers } from '../../../src/languages/typescript/imports.js';

describe('importedSpecifiers', () => {
  it('gives all, in the order of the text, with the place of the literal', () => {
    const text = [
      '\uFEFF#!/usr/bin/env node',
      "import a from 'a';",
      "import type { T } from 'types';",
      "import { type U } from 'inline-types';",
      "export * from 'b';",
      "import c = require('c');",
      `const s = \`\${require(\`d\`)}\`;`,
      "function f() { return import('e'); }",
      "x.require('no'); require(variable); // require('no')",
      "const r = /require('no')/, t = \"require('no')\";",
      "import 'f';",
    ].join('\r\n');
    const found = importedSpecifiers('a.ts', text);
    expect(found.map(({ specifier, kind, typeOnly }) => [specifier, kind, typeOnly])).toEqual([
      ['a', 'import', false],
      ['types', 'import', true],
      ['inline-types', 'import', true],
      ['b', 'export', false],
      ['c', 'require', false],
      ['d', 'require', false],
      ['e', 'dynamic', false],
      ['f', 'import', false],
    ]);
    for (const { specifier, start, end } of found) expect(text.slice(start + 1, end - 1)).toBe(specifier);
  });
});
