import { describe, expect, test } from 'vitest';
import { readTypescriptConfig, type TypescriptConfig } from '../../src/project/tsconfig.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const config = (compilerOptions: object, more: object = {}): string => JSON.stringify({ ...more, compilerOptions });

// TypeScript's own variable.
const configDir = ['$', '{configDir}'].join('');

interface Case {
  readonly about: string;
  readonly files: Texts;
  readonly folder?: string;
  readonly gives: Partial<TypescriptConfig>;
}

const cases: Case[] = [
  { about: 'none', files: {}, gives: { path: undefined, module: undefined, paths: {}, strictness: [] } },
  {
    about: 'comments, trailing commas and a byte order mark',
    files: { 'tsconfig.json': '\uFEFF{\n  // note\n  "compilerOptions": { "module": "NodeNext", /* x */ },\n}\n' },
    gives: { path: 'tsconfig.json', module: 'nodenext' },
  },
  {
    about: 'jsconfig.json',
    files: { 'jsconfig.json': config({ baseUrl: '.' }) },
    gives: { path: 'jsconfig.json', baseUrl: '.' },
  },
  { about: 'a broken file', files: { 'tsconfig.json': '{ "compilerOptions": ' }, gives: { path: 'tsconfig.json' } },
  {
    about: 'options of wrong types',
    files: { 'tsconfig.json': config({ module: 7, paths: 'x', strict: 'yes' }) },
    gives: { module: undefined, paths: {}, strictness: [] },
  },
  {
    about: 'the nearest one',
    files: {
      'tsconfig.json': config({ module: 'commonjs' }),
      'src/server/tsconfig.json': config({ module: 'esnext' }),
    },
    folder: 'src/server/routes',
    gives: { path: 'src/server/tsconfig.json', module: 'esnext' },
  },
  {
    about: 'strict options',
    files: { 'tsconfig.json': config({ strict: true, noUnusedParameters: true, exactOptionalPropertyTypes: false }) },
    gives: { strictness: ['strict', 'noUnusedParameters'] },
  },
  {
    about: 'loops over arrays only',
    files: { 'tsconfig.json': config({ target: 'ES5' }) },
    gives: { loopsOverArraysOnly: true },
  },
  {
    about: 'ES5 with loops over anything',
    files: { 'tsconfig.json': config({ target: 'es5', downlevelIteration: true }) },
    gives: { loopsOverArraysOnly: false },
  },
  {
    about: 'a target of today',
    files: { 'tsconfig.json': config({ target: 'es2015' }) },
    gives: { loopsOverArraysOnly: false },
  },
  {
    about: 'folders relative to the config that says them',
    files: { 'server/tsconfig.json': config({ outDir: './dist', rootDir: 'src', baseUrl: './src' }) },
    folder: 'server',
    gives: { outDir: 'server/dist', rootDir: 'server/src', baseUrl: 'server/src' },
  },
  {
    about: 'extends over two files, the nearer one wins',
    files: {
      'tsconfig.json': config({ outDir: 'dist' }, { extends: './config/tsconfig.server' }),
      'config/tsconfig.server.json': config({ module: 'es2022' }, { extends: './base.json' }),
      'config/base.json': config({
        module: 'commonjs',
        moduleResolution: 'Node16',
        outDir: 'base-dist',
        baseUrl: '..',
      }),
    },
    gives: { module: 'es2022', moduleResolution: 'node16', outDir: 'dist', baseUrl: '.' },
  },
  {
    about: 'folders of an inherited config stay relative to it',
    files: {
      'tsconfig.json': config({}, { extends: './config/base.json' }),
      'config/base.json': config({ outDir: '../dist', rootDir: '../src' }),
    },
    gives: { outDir: 'dist', rootDir: 'src' },
  },
  {
    about: 'configDir is the folder of the config that is used',
    files: {
      'tsconfig.json': config({}, { extends: './config/base.json' }),
      'config/base.json': config({ outDir: `${configDir}/dist`, paths: { '@/*': [`${configDir}/src/*`] } }),
    },
    gives: { outDir: 'dist', paths: { '@/*': ['src/*'] } },
  },
  {
    about: 'several parents, the later one wins',
    files: {
      'tsconfig.json': config({}, { extends: ['./a.json', './b.json'] }),
      'a.json': config({ module: 'commonjs', strict: true }),
      'b.json': config({ module: 'nodenext' }),
    },
    gives: { module: 'nodenext', strictness: ['strict'] },
  },
  {
    about: 'a config that extends itself',
    files: { 'tsconfig.json': config({ module: 'esnext' }, { extends: './tsconfig.json' }) },
    gives: { module: 'esnext' },
  },
  {
    about: 'a parent that is not there',
    files: { 'tsconfig.json': config({ module: 'esnext' }, { extends: ['./gone.json', '@gone/base'] }) },
    gives: { module: 'esnext' },
  },
  ...(
    [
      ['@tsconfig/node20/tsconfig.json', '@tsconfig/node20/tsconfig.json'],
      ['@tsconfig/node20', '@tsconfig/node20/tsconfig.json'],
      ['@acme/tsconfig/server', '@acme/tsconfig/server.json'],
      ['acme-tsconfig', 'acme-tsconfig/tsconfig.json'],
      ['acme-tsconfig/server', 'acme-tsconfig/server.json'],
      ['acme-tsconfig/base.json', 'acme-tsconfig/base.json'],
    ] as const
  ).map(([name, file]) => ({
    about: `an installed config: ${name}`,
    files: {
      'tsconfig.json': config({}, { extends: name }),
      [`node_modules/${file}`]: config({ module: 'nodenext', strict: true }),
    },
    gives: { module: 'nodenext', strictness: ['strict'] },
  })),
  {
    about: 'paths with a base',
    files: { 'tsconfig.json': config({ baseUrl: 'src', paths: { '@/*': ['./*'], '~lib': ['lib/index.ts', 7] } }) },
    gives: { paths: { '@/*': ['src/*'], '~lib': ['src/lib/index.ts'] } },
  },
  {
    about: 'paths without a base, in a folder',
    files: { 'server/tsconfig.json': config({ paths: { '@/*': ['./src/*'] } }) },
    folder: 'server',
    gives: { paths: { '@/*': ['server/src/*'] } },
  },
  {
    about: 'inherited paths are relative to the config that says them',
    files: {
      'tsconfig.json': config({}, { extends: './config/base.json' }),
      'config/base.json': config({ paths: { '@/*': ['../src/*'] } }),
    },
    gives: { paths: { '@/*': ['src/*'] } },
  },
];

describe('readTypescriptConfig', () => {
  test.each(cases)('$about', ({ files, folder = '.', gives }) => {
    expect(readTypescriptConfig(makeFolder(files), folder)).toMatchObject(gives);
  });
});
