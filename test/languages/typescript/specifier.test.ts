import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../src/languages/typescript/parse.js';
import { type RelativeModule, specifierFor } from '../../../src/languages/typescript/specifier.js';

function specifier(text: string, extension: RelativeModule['extension'], fallback: RelativeModule['defaultExtension']) {
  const path = extension.includes('ts') ? 'a.ts' : 'a.js';
  return specifierFor(parseSource(path, text), { path: './m/index', extension, defaultExtension: fallback });
}

describe('specifierFor', () => {
  it.each<[string, RelativeModule['extension'], RelativeModule['defaultExtension'], string]>([
    ["import './x.js';", '.ts', '', './m/index.js'],
    ["import './x.ts';", '.ts', '', './m/index.ts'],
    ["import './x';", '.ts', '.js', './m'],
    ["require('./x');", '.js', '.js', './m'],
    ["require('./x.js'); require('./y.js'); require('./z');", '.js', '', './m/index.js'],
    ["require('./x.json'); require('../style.css'); require('express');", '.js', '', './m'],
    ["require('./x.json'); require('@/x.js');", '.js', '.js', './m/index.js'],
    ["require('./x');", '.cjs', '', './m/index.cjs'],
    ["import './x';", '.mts', '', './m/index.mjs'],
    ["import './x.mts';", '.mts', '', './m/index.mts'],
    ["import './x.service';", '.ts', '.js', './m'],
    ['', '.ts', '', './m'],
    ['', '.ts', '.js', './m/index.js'],
    ['', '.cjs', '.cjs', './m/index.cjs'],
  ])('%j with %s, by default %j: %s', (text, extension, fallback, expected) => {
    expect(specifier(text, extension, fallback)).toBe(expected);
  });
});
