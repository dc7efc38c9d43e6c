import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { findProperties, insertProperty, parseJson, removeProperty } from '../../src/languages/json.js';
import { splice } from '../../src/languages/splice.js';

const add = (text: string, key = 'prom-client', path = ['dependencies']): string =>
  splice(text, insertProperty(text, path, key, '1.0.0'));

describe('insertProperty', () => {
  test.each([
    [
      'between sorted siblings',
      '{\n  "dependencies": {\n    "express": "5",\n    "zod": "4"\n  }\n}\n',
      '{\n  "dependencies": {\n    "express": "5",\n    "prom-client": "1.0.0",\n    "zod": "4"\n  }\n}\n',
    ],
    [
      'before the first',
      '{\n  "dependencies": {\n    "zod": "4"\n  }\n}\n',
      '{\n  "dependencies": {\n    "prom-client": "1.0.0",\n    "zod": "4"\n  }\n}\n',
    ],
    [
      'after the last',
      '{\n  "dependencies": {\n    "express": "5"\n  }\n}\n',
      '{\n  "dependencies": {\n    "express": "5",\n    "prom-client": "1.0.0"\n  }\n}\n',
    ],
    [
      'at the end of unsorted siblings',
      '{\n  "dependencies": {\n    "zod": "4",\n    "express": "5"\n  }\n}',
      '{\n  "dependencies": {\n    "zod": "4",\n    "express": "5",\n    "prom-client": "1.0.0"\n  }\n}',
    ],
    [
      'tabs and CRLF',
      '{\r\n\t"dependencies": {\r\n\t\t"zod": "4"\r\n\t}\r\n}',
      '{\r\n\t"dependencies": {\r\n\t\t"prom-client": "1.0.0",\r\n\t\t"zod": "4"\r\n\t}\r\n}',
    ],
    [
      'four spaces, a made object',
      '{\n    "name": "x"\n}\n',
      '{\n    "name": "x",\n    "dependencies": {\n        "prom-client": "1.0.0"\n    }\n}\n',
    ],
    [
      'a made object before devDependencies',
      '{\n  "name": "x",\n  "devDependencies": {}\n}\n',
      '{\n  "name": "x",\n  "dependencies": {\n    "prom-client": "1.0.0"\n  },\n  "devDependencies": {}\n}\n',
    ],
    ['an empty object', '{\n  "dependencies": {}\n}\n', '{\n  "dependencies": {\n    "prom-client": "1.0.0"\n  }\n}\n'],
    [
      'an empty object over two lines',
      '{\n  "dependencies": {\n  }\n}\n',
      '{\n  "dependencies": {\n    "prom-client": "1.0.0"\n  }\n}\n',
    ],
    ['an empty document', '{}', '{\n  "dependencies": {\n    "prom-client": "1.0.0"\n  }\n}'],
    [
      'one line',
      '{"name":"x","dependencies":{"zod":"4"}}',
      '{"name":"x","dependencies":{"prom-client":"1.0.0","zod":"4"}}',
    ],
    [
      'one line with spaces',
      '{ "name": "x", "dependencies": { "express": "5" } }',
      '{ "name": "x", "dependencies": { "express": "5", "prom-client": "1.0.0" } }',
    ],
    [
      'one line in a document of several',
      '{\n  "dependencies": { "express": "5", "zod": "4" }\n}\n',
      '{\n  "dependencies": { "express": "5", "prom-client": "1.0.0", "zod": "4" }\n}\n',
    ],
    [
      'comma first',
      '{ "dependencies":\n  { "express": "5"\n  , "zod": "4"\n  }\n}\n',
      '{ "dependencies":\n  { "express": "5"\n  , "prom-client": "1.0.0"\n  , "zod": "4"\n  }\n}\n',
    ],
    [
      'a byte order mark',
      '\uFEFF{\n  "dependencies": {\n    "express": "5"\n  }\n}\n',
      '\uFEFF{\n  "dependencies": {\n    "express": "5",\n    "prom-client": "1.0.0"\n  }\n}\n',
    ],
    [
      'scoped names, as npm sorts them',
      '{\n  "dependencies": {\n    "@a/b": "1",\n    "Zed": "1"\n  }\n}\n',
      '{\n  "dependencies": {\n    "@a/b": "1",\n    "prom-client": "1.0.0",\n    "Zed": "1"\n  }\n}\n',
    ],
  ])('%s', (_, before, after) => {
    if (!before.includes('comma')) expect(add(before)).toBe(after);
    expect(parseJson(add(before), 'x')).toMatchObject({ dependencies: { 'prom-client': '1.0.0' } });
  });

  test('a key that is there stays, whatever its value', () => {
    expect(insertProperty('{"dependencies":{"prom-client":"0"}}', ['dependencies'], 'prom-client', '1')).toEqual([]);
  });

  test('what is not an object is refused by name', () => {
    expect(() => add('{"dependencies": []}')).toThrow(/package\.json: dependencies is not an object/);
    expect(() => add('[]')).toThrow(UsageError);
  });

  test('keeps the value of any document, adds one property, and removeProperty takes it out again', () => {
    const key = fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__');
    const documents = fc.record({
      root: fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })),
      dependencies: fc.option(fc.dictionary(key, fc.string()), { nil: undefined }),
      indent: fc.constantFrom('', '  ', '    ', '\t'),
      eol: fc.constantFrom('\n', '\r\n'),
      ending: fc.constantFrom('', '\n'),
      bom: fc.constantFrom('', '\uFEFF'),
    });
    fc.assert(
      fc.property(documents, key, ({ root, dependencies, indent, eol, ending, bom }, name) => {
        const value = { ...root, ...(dependencies === undefined ? {} : { dependencies }) };
        if ('dependencies' in root || (dependencies !== undefined && Object.hasOwn(dependencies, name))) return;
        const text = bom + (JSON.stringify(value, null, indent) + ending).replaceAll('\n', eol);
        const after = add(text, name);
        expect(parseJson(after, 'x')).toEqual(
          JSON.parse(JSON.stringify({ ...value, dependencies: { ...dependencies, [name]: '1.0.0' } })),
        );
        const back = splice(after, removeProperty(after, ['dependencies', name]));
        expect(parseJson(back, 'x')).toEqual(
          JSON.parse(JSON.stringify({ ...value, dependencies: dependencies ?? {} })),
        );
      }),
      { numRuns: 500 },
    );
  });
});

test('findProperties gives every path that ends so', () => {
  const text = '{"a": {"x": 1}, "b": {"a": {"x": 2}}, "x": 3}';
  expect(findProperties(text, ['a', 'x'])).toEqual([
    ['a', 'x'],
    ['b', 'a', 'x'],
  ]);
});

test.each([
  ['{\n  "a": 1,\n}', 3],
  ['{\n  // no\n  "a": 1\n}', 2],
  ['{\r\n  "a": 1\r\n', 3],
  ['', 1],
  ['{"a": 1} x', 1],
])('%j is refused, with its line', (text, line) => {
  expect(() => parseJson(text, 'package.json')).toThrow(new RegExp(`package\\.json is not valid JSON: line ${line},`));
});
