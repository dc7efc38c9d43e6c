import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../src/errors.js';
import { parseManifest } from '../../src/project/manifest.js';

const read = (json: unknown) => parseManifest(JSON.stringify(json), 'package.json');

describe('parseManifest', () => {
  test('reads the fields', () => {
    const manifest = read({
      name: '@acme/api',
      version: '1.2.3',
      type: 'module',
      main: 'dist/server.js',
      scripts: { start: 'node .' },
      dependencies: { express: '^5.0.0' },
      devDependencies: { typescript: '6' },
      packageManager: 'pnpm@9.1.0',
      devEngines: { packageManager: { name: 'npm' } },
      workspaces: ['packages/*'],
      imports: { '#lib/*': './src/lib/*.js' },
      eslintConfig: { root: true },
    });
    expect(manifest).toEqual({
      name: '@acme/api',
      version: '1.2.3',
      type: 'module',
      main: 'dist/server.js',
      scripts: { start: 'node .' },
      dependencies: { express: '^5.0.0' },
      devDependencies: { typescript: '6' },
      packageManager: 'pnpm@9.1.0',
      devEnginesManager: 'npm',
      workspaces: true,
      imports: { '#lib/*': './src/lib/*.js' },
      eslintConfig: { root: true },
    });
  });

  test.each([
    ['nothing', {}],
    ['wrong types', { name: 7, type: 'Module', main: [], scripts: 'x', dependencies: ['express'], devEngines: 'npm' }],
    ['empty texts', { name: '', main: '', packageManager: '' }],
  ])('takes %s as absent', (_, json) => {
    expect(read(json)).toMatchObject({
      name: undefined,
      type: 'commonjs',
      main: undefined,
      scripts: {},
      workspaces: false,
    });
    expect(read(json)).toMatchObject({
      dependencies: {},
      devDependencies: {},
      devEnginesManager: undefined,
      imports: {},
    });
  });

  test('leaves entries out that are no text', () => {
    expect(read({ dependencies: { express: '5', broken: null, other: {} } }).dependencies).toEqual({ express: '5' });
  });

  test('takes the first of several package managers in devEngines', () => {
    const devEngines = { packageManager: [{ name: 'yarn', version: '4' }, { name: 'npm' }] };
    expect(read({ devEngines }).devEnginesManager).toBe('yarn');
  });

  test('reads a file with a byte order mark', () => {
    expect(parseManifest('\uFEFF{"name":"x"}', 'package.json').name).toBe('x');
  });

  test.each(['', '{', '{"a":1,}', '// note\n{}', 'null', '[]', '"x"', '7'])('refuses %j with what to do', (text) => {
    expect(() => parseManifest(text, 'server/package.json')).toThrow(
      expect.objectContaining({
        constructor: RefusedError,
        message: expect.stringContaining('server/package.json is not'),
        hint: 'Mend server/package.json, then run the command again.',
      }),
    );
  });
});
