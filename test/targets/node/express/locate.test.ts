import { expect, test } from 'vitest';
import { Workspace } from '../../../../src/plan/workspace.js';
import { findInstrumentation } from '../../../../src/project/instrumentation.js';
import { readNodeProject } from '../../../../src/project/node-project.js';
import { locateExpressApp } from '../../../../src/targets/node/express/locate.js';
import { makeFolder } from '../../../cli/support/folders.js';

function largeApp(dependencies: object): ReturnType<typeof readNodeProject> {
  const features = Array.from({ length: 300 }, (_, index) => `feature-${index}`);
  const root = makeFolder({
    'package.json': JSON.stringify({ main: 'server.js', dependencies: { express: '^5.0.0', ...dependencies } }),
    'server.js': `const app = require('express')();\n${features.map((name) => `require('./${name}');`).join('\n')}\n`,
    ...Object.fromEntries(features.map((name) => [`${name}.js`, "require('./backstage');"])),
    'backstage.js': "const { register } = require('prom-client');\nmodule.exports = () => register.metrics();\n",
  });
  return readNodeProject(root, new Workspace(root));
}

test('an exporter far away from the entry is found where package.json says that there may be one', () => {
  const { reached, entry } = locateExpressApp(largeApp({ 'prom-client': '^15.0.0' }), {
    entry: undefined,
    app: undefined,
  });
  expect(entry).toBe('server.js');
  expect(findInstrumentation(reached)).toMatchObject([{ path: 'backstage.js', line: 2, exposes: true }]);
});

test('else only the beginning of a large program is read', () => {
  const { reached } = locateExpressApp(largeApp({}), { entry: undefined, app: undefined });
  expect(reached.length).toBeLessThan(200);
});
