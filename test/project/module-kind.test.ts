import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/project/manifest.js';
import { moduleKind } from '../../src/project/module-kind.js';
import { readTypescriptConfig } from '../../src/project/tsconfig.js';
import { makeFolder } from '../cli/support/folders.js';

const imports = "import express from 'express';\n";
const requires = "const express = require('express');\n";

interface Case {
  readonly path: string;
  readonly text: string;
  readonly type?: 'module';
  readonly options?: Readonly<Record<string, unknown>>;
  readonly gives: readonly [language: string, syntax: string, extension: string, specifier: string];
}

const cases: Case[] = [
  { path: 'app.js', text: requires, gives: ['js', 'cjs', '.js', ''] },
  { path: 'app.js', text: '', gives: ['js', 'cjs', '.js', ''] },
  { path: 'app.js', text: requires, type: 'module', gives: ['js', 'esm', '.js', '.js'] },
  { path: 'app.js', text: imports, type: 'module', gives: ['js', 'esm', '.js', '.js'] },
  // Babel: `import` without "type".
  { path: 'app.js', text: imports, gives: ['js', 'esm', '.js', '.js'] },
  { path: 'app.js', text: "'use strict';\n\nexport default function app() {}\n", gives: ['js', 'esm', '.js', '.js'] },
  { path: 'app.js', text: "export * from './x';\n", gives: ['js', 'esm', '.js', '.js'] },
  { path: 'app.js', text: 'import{a}from"b";\n', gives: ['js', 'esm', '.js', '.js'] },
  { path: 'app.js', text: `${requires}import('./later').then();\n`, gives: ['js', 'cjs', '.js', ''] },
  { path: 'app.js', text: `${requires}const importer = 1;\nexports.x = importer;\n`, gives: ['js', 'cjs', '.js', ''] },
  { path: 'app.jsx', text: imports, gives: ['js', 'esm', '.js', '.js'] },
  { path: 'bin/www', text: `#!/usr/bin/env node\n${requires}`, gives: ['js', 'cjs', '.js', ''] },
  { path: 'bin/www', text: `#!/usr/bin/env node\n${imports}`, type: 'module', gives: ['js', 'esm', '.js', '.js'] },
  { path: 'app.mjs', text: '', gives: ['js', 'esm', '.mjs', '.mjs'] },
  { path: 'app.cjs', text: requires, type: 'module', gives: ['js', 'cjs', '.cjs', '.cjs'] },
  { path: 'app.ts', text: imports, gives: ['ts', 'esm', '.ts', ''] },
  { path: 'app.tsx', text: imports, gives: ['ts', 'esm', '.ts', ''] },
  { path: 'app.ts', text: imports, options: { module: 'CommonJS' }, gives: ['ts', 'esm', '.ts', ''] },
  { path: 'app.ts', text: imports, options: { module: 'NodeNext' }, gives: ['ts', 'esm', '.ts', '.js'] },
  { path: 'app.ts', text: imports, options: { module: 'node16' }, gives: ['ts', 'esm', '.ts', '.js'] },
  {
    path: 'app.ts',
    text: imports,
    options: { module: 'esnext', moduleResolution: 'bundler' },
    gives: ['ts', 'esm', '.ts', ''],
  },
  {
    path: 'app.ts',
    text: imports,
    options: { module: 'nodenext', allowImportingTsExtensions: true },
    gives: ['ts', 'esm', '.ts', '.ts'],
  },
  // Compiled to ES modules for Node itself, which wants whole file names.
  { path: 'app.ts', text: imports, type: 'module', options: { module: 'es2022' }, gives: ['ts', 'esm', '.ts', '.js'] },
  {
    path: 'app.ts',
    text: imports,
    type: 'module',
    options: { module: 'esnext', moduleResolution: 'Bundler' },
    gives: ['ts', 'esm', '.ts', ''],
  },
  { path: 'app.mts', text: imports, gives: ['ts', 'esm', '.mts', '.mjs'] },
  { path: 'app.cts', text: imports, gives: ['ts', 'esm', '.cts', '.cjs'] },
  {
    path: 'app.mts',
    text: imports,
    options: { allowImportingTsExtensions: true },
    gives: ['ts', 'esm', '.mts', '.mts'],
  },
];

describe('moduleKind', () => {
  test.each(cases)('$path, type $type, $options: $text', ({ path, text, type, options, gives }) => {
    const root = makeFolder(
      options === undefined ? {} : { 'tsconfig.json': JSON.stringify({ compilerOptions: options }) },
    );
    const manifest = parseManifest(JSON.stringify({ type }), 'package.json');
    const kind = moduleKind(path, text, manifest, readTypescriptConfig(root, '.'));
    expect([kind.language, kind.syntax, kind.extension, kind.specifierExtension]).toEqual(gives);
  });
});
