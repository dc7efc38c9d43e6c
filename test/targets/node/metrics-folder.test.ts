import { expect, test } from 'vitest';
import { Workspace } from '../../../src/plan/workspace.js';
import { freeMetricsFolder } from '../../../src/targets/node/metrics-folder.js';
import { makeFolder, type Texts } from '../../cli/support/folders.js';

test.each<[string, Texts, string | undefined]>([
  ['app.js', {}, 'metrics'],
  ['src/app.js', {}, 'src/metrics'],
  ['src/app.js', { 'metrics/x.js': '' }, 'src/metrics'],
  ['app.js', { 'metrics/x.js': '' }, 'prom-metrics'],
  ['app.js', { 'metrics.ts': '' }, 'prom-metrics'],
  ['app.js', { 'metrics.json': '{}', 'prom-metrics.js': '' }, 'prometheus-metrics'],
  ['app.js', { 'metrics.md': '' }, 'metrics'],
  ['app.js', { metrics: '', 'prom-metrics': '', 'prometheus-metrics': '' }, undefined],
])('beside %s with %j it is %s', (entry, files, folder) => {
  expect(freeMetricsFolder(new Workspace(makeFolder({ 'app.js': '', 'src/app.js': '', ...files })), entry)).toBe(
    folder,
  );
});

test('an earlier run keeps its folder, also with files of the user in it, and with a name of its own', () => {
  const files = { 'app.js': '', 'metrics/x.js': '', 'prom-metrics/settings.js': '', 'prom-metrics/orders.js': '' };
  const workspace = new Workspace(makeFolder(files));
  workspace.withdrawn('prom-metrics/settings.js', null);
  expect(freeMetricsFolder(workspace, 'app.js')).toBe('prom-metrics');
});
