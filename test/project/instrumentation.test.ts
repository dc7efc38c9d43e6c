import { describe, expect, test } from 'vitest';
import { findInstrumentation, installedClient } from '../../src/project/instrumentation.js';
import { parseManifest } from '../../src/project/manifest.js';

const find = (text: string) => findInstrumentation([{ path: 'app.js', text, depth: 0 }]);

describe('findInstrumentation', () => {
  test.each([
    'express-prom-bundle',
    'express-prometheus-middleware',
    'prometheus-api-metrics',
    'swagger-stats',
    '@opentelemetry/exporter-prometheus',
  ])('%s is an exporter', (name) => {
    expect(find(`'use strict';\nconst x = require('${name}');\n`)).toEqual([
      { package: name, path: 'app.js', line: 2, exposes: true },
    ]);
    expect(find(`import x from '${name}';\n`)).toMatchObject([{ package: name, line: 1, exposes: true }]);
  });

  test.each(['prom-client', '@prometheus-io/client'])('%s is one when its registry is rendered', (name) => {
    const declares = `import { Counter } from '${name}';\n\nnew Counter({});\n`;
    expect(find(declares)).toEqual([{ package: name, path: 'app.js', line: 1, exposes: false }]);
    const serves = `import { register } from '${name}';\napp.get('/m', async (q, s) =>\n  s.end(await register.metrics()));\n`;
    expect(find(serves)).toEqual([{ package: name, path: 'app.js', line: 3, exposes: true }]);
  });

  test.each([
    '',
    "require('express')",
    '// express-prom-bundle',
    "require('./prom-client')",
    "require('express-prom-bundle-x')",
  ])('nothing in %j', (text) => {
    expect(find(text)).toEqual([]);
  });
});

test.each([
  [{ dependencies: { 'prom-client': '^15' } }, 'prom-client'],
  [{ dependencies: { '@prometheus-io/client': '^0.16' } }, '@prometheus-io/client'],
  [{ devDependencies: { 'prom-client': '^15' } }, undefined],
  [{}, undefined],
])('installedClient of %j', (manifest, client) => {
  expect(installedClient(parseManifest(JSON.stringify(manifest), 'package.json'))).toBe(client);
});
