import { describe, expect, test } from 'vitest';
import { Workspace } from '../../../src/plan/workspace.js';
import { parseManifest } from '../../../src/project/manifest.js';
import { ignoreInBiome } from '../../../src/targets/node/biome-ignore.js';
import { makeFolder, type Texts } from '../../cli/support/folders.js';

/** What becomes of a repository's Biome configuration, and what is left to the user. */
function ignoreIn(texts: Texts, version = '^2.1.0', name = 'biome.json') {
  const workspace = new Workspace(makeFolder(texts));
  const manifest = parseManifest(`{ "devDependencies": { "@biomejs/biome": "${version}" } }`, 'package.json');
  ignoreInBiome(workspace, manifest, ['a/b.json']);
  return { text: workspace.read(name), manual: workspace.planned.manual };
}

describe('ignoreInBiome', () => {
  test.each([
    [
      '{\n  "files": { "includes": ["**", "!dist"] }\n}\n',
      '{\n  "files": { "includes": ["**", "!dist", "!a/b.json"] }\n}\n',
    ],
    [
      '{\r\n\t"files": {\r\n\t\t"includes": [\r\n\t\t\t"**"\r\n\t\t]\r\n\t}\r\n}\r\n',
      '{\r\n\t"files": {\r\n\t\t"includes": [\r\n\t\t\t"**",\r\n\t\t\t"!a/b.json"\r\n\t\t]\r\n\t}\r\n}\r\n',
    ],
    ['\uFEFF{ "files": { "includes": ["**"] } }', '\uFEFF{ "files": { "includes": ["**", "!a/b.json"] } }'],
  ])('adds to the list that is there: %j', (before, after) => {
    expect(ignoreIn({ 'biome.json': before })).toEqual({ text: after, manual: [] });
  });

  test('makes a list where there is none', () => {
    for (const before of ['{\n  "linter": {}\n}\n', '{\n  "files": { "maxSize": 1 }\n}\n']) {
      const { text = '' } = ignoreIn({ 'biome.json': before });
      expect(JSON.parse(text)).toEqual({
        ...JSON.parse(before),
        files: { ...JSON.parse(before).files, includes: ['**', '!a/b.json'] },
      });
    }
  });

  test("speaks the first version's words", () => {
    const before = '{ "files": { "ignore": ["dist"] } }\n';
    expect(ignoreIn({ 'biome.json': before }, '1.9.4').text).toBe('{ "files": { "ignore": ["dist", "a/b.json"] } }\n');
    expect(JSON.parse(ignoreIn({ 'biome.json': '{}' }, '^1').text ?? '')).toEqual({ files: { ignore: ['a/b.json'] } });
  });

  test('reads comments, where a list is there', () => {
    const before = '// ours\n{\n  "files": {\n    "includes": [\n      "**", // all\n    ],\n  },\n}\n';
    const { text, manual } = ignoreIn({ 'biome.jsonc': before }, '2.0.0', 'biome.jsonc');
    expect(text).toBe(before.replace('"**",', '"**",\n      "!a/b.json",'));
    expect(manual).toEqual([]);
  });

  test.each(['// ours\n{ "linter": {} }\n', '{ "files": { "includes": [] } }', '{ "files": ["a"] }', 'null'])(
    'leaves %j to the user',
    (before) => {
      const { text, manual } = ignoreIn({ 'biome.jsonc': before }, '2.0.0', 'biome.jsonc');
      expect(text).toBe(before);
      expect(manual).toEqual([expect.objectContaining({ path: 'biome.jsonc', snippet: '"!a/b.json"' })]);
    },
  );

  test('is for projects that use it', () => {
    expect(ignoreIn({})).toEqual({ text: undefined, manual: [] });
    const workspace = new Workspace(makeFolder({ 'biome.json': '{}' }));
    ignoreInBiome(workspace, parseManifest('{}', 'package.json'), ['a.json']);
    expect(workspace.read('biome.json')).toBe('{}');
  });
});
