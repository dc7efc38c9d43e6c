import { expect, test } from 'vitest';
import { planFor } from './plan-for.js';

const dockerfile = 'FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n';

test.each([
  ['one process', { workers: 1 }, false],
  ['one process, and asked for', { workers: 1, with: ['dockerfile'] as const }, true],
  ['several processes', { workers: 2 }, true],
])('%s: a place for the metrics of several is set only where it is of use', (_, answers, isSet) => {
  const { workspace } = planFor({ Dockerfile: dockerfile }, { answers });
  expect(workspace.read('Dockerfile')?.includes('PROMETHEUS_MULTIPROC_DIR')).toBe(isSet);
});
