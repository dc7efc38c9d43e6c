import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeFolder } from '../../cli/support/folders.js';
import { freePort } from '../../support/free-port.js';
import { leftBehind } from './left.js';

const entry = fileURLToPath(new URL('crash-child.ts', import.meta.url));
const services = fileURLToPath(new URL('../../../fixtures/checks/process-service', import.meta.url));

test.each([
  ['exits', 'deaf', 7],
  ['throws', 'grandchildren', 1],
  ['throws', 'daemon', 1],
  ['exits', 'cluster', 7],
])('a process of ours that %s takes the service (%s) with it', async (way, service, exitCode) => {
  const folder = makeFolder();
  const child = join(folder, 'child.mjs');
  await build({
    entryPoints: [entry],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  const run = randomUUID();
  const url = `http://127.0.0.1:${await freePort()}/metrics`;
  const command = `node service.js ${service} ${run}`;
  const result = await execa('node', [child, way, command, services, url], {
    reject: false,
    timeout: 20_000,
    env: { TMPDIR: folder },
  });
  expect(result).toMatchObject({ exitCode, stdout: 'started' });
  expect(await leftBehind(run)).toEqual([]);
});
