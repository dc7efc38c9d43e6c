import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { commentRulesPlugin, importOrderRules, sortsWithBiome } from '../../src/project/lint-rules.js';
import { parseManifest } from '../../src/project/manifest.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

function rules(files: Texts, manifest: object = {}): string[] {
  return importOrderRules(new Workspace(makeFolder(files)), parseManifest(JSON.stringify(manifest), 'package.json'));
}

test.each<[Texts, object, string[]]>([
  [{}, {}, []],
  [{ 'eslint.config.js': "rules: { 'no-var': 'error' }" }, {}, []],
  [
    { 'eslint.config.mjs': "rules: { 'import/order': 'error', 'sort-imports': 'off' }" },
    {},
    ['import/order', 'sort-imports'],
  ],
  [{ '.eslintrc.yml': 'rules:\n  simple-import-sort/imports: error\n' }, {}, ['simple-import-sort/imports']],
  [
    { '.eslintrc': '{"extends":"airbnb-base"}' },
    { devDependencies: { 'eslint-config-airbnb-base': '15' } },
    ['import/order'],
  ],
  [{ '.eslintrc': '{"extends":"standard"}' }, { devDependencies: { 'eslint-config-airbnb-base': '15' } }, []],
  [{ '.eslintrc.json/x': 'import/order' }, {}, []],
  [{ 'eslint.config.js': "rules: { 'perfectionist/sort-imports': 'error' }" }, {}, ['perfectionist/sort-imports']],
  [{ 'eslint.config.js': "rules: {\n  // 'import/order': 'error',\n  'no-var': 'error' }" }, {}, []],
  [{}, { eslintConfig: { rules: { 'import/first': 'error' } } }, ['import/first']],
])('%j, %j', (files, manifest, found) => {
  expect(rules({ 'package.json': JSON.stringify(manifest), ...files }, manifest)).toEqual(found);
});

test('a configuration behind a link that leads out is not looked at, and stops nothing', () => {
  const outside = makeFolder({ '.eslintrc': '{"rules":{"import/order":"error"}}' });
  const root = makeFolder();
  symlinkSync(join(outside, '.eslintrc'), join(root, '.eslintrc'));
  expect(importOrderRules(new Workspace(root), parseManifest('{}', 'package.json'))).toEqual([]);
});

test.each([
  [{}, undefined],
  [{ devDependencies: { eslint: '9' } }, undefined],
  [{ devDependencies: { '@antfu/eslint-config': '6' } }, 'eslint-comments'],
  [{ devDependencies: { 'eslint-plugin-eslint-comments': '3' } }, 'eslint-comments'],
  [
    { devDependencies: { '@eslint-community/eslint-plugin-eslint-comments': '4' } },
    '@eslint-community/eslint-comments',
  ],
])('the plugin with rules about directives in %j', (manifest, plugin) => {
  expect(commentRulesPlugin(parseManifest(JSON.stringify(manifest), 'package.json'))).toBe(plugin);
});

test.each([
  [{}, false],
  [{ devDependencies: { '@biomejs/biome': '^1.9.4' } }, false],
  [{ devDependencies: { '@biomejs/biome': '2.1.4' } }, true],
  [{ dependencies: { '@biomejs/biome': '~2.0.0' } }, true],
])('whether Biome sorts imports in %j', (manifest, sorts) => {
  expect(sortsWithBiome(parseManifest(JSON.stringify(manifest), 'package.json'))).toBe(sorts);
});
