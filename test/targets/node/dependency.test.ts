import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import { Workspace } from '../../../src/plan/workspace.js';
import { parseManifest } from '../../../src/project/manifest.js';
import { addClientDependency } from '../../../src/targets/node/dependency.js';
import { makeFolder } from '../../cli/support/folders.js';

function add(manifest: object, client: 'prom-client' | '@prometheus-io/client' = 'prom-client') {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const workspace = new Workspace(makeFolder({ 'package.json': text }));
  const changed = addClientDependency(workspace, parseManifest(text, 'package.json'), client);
  return { changed, after: JSON.parse(workspace.read('package.json') ?? '') };
}

describe('addClientDependency', () => {
  test.each([
    ['prom-client', '^15.1.3'],
    ['@prometheus-io/client', '^0.16.1'],
  ] as const)('adds %s %s', (client, range) => {
    expect(add({ dependencies: { express: '^5.0.0' } }, client)).toEqual({
      changed: true,
      after: { dependencies: { express: '^5.0.0', [client]: range } },
    });
  });

  test.each([
    '^15.0.0',
    '~14.2.0',
    '14',
    '>=14.0.1 <16',
    'v15.1.3',
    '*',
    'latest',
    'workspace:*',
    'file:../prom-client',
  ])('leaves %s as it is', (range) => {
    const manifest = { dependencies: { 'prom-client': range } };
    expect(add(manifest)).toEqual({ changed: false, after: manifest });
  });

  test.each(['^11.5.3', '13', '~12.0.0', 'v13.1.0', '<=13'])('refuses %s', (range) => {
    expect(() => add({ dependencies: { 'prom-client': range } })).toThrow(
      expect.objectContaining({ constructor: RefusedError, message: expect.stringContaining(`prom-client ${range};`) }),
    );
  });

  test('one that is only there for development becomes one of the service', () => {
    const { changed, after } = add({ devDependencies: { 'prom-client': '^15.0.0' } });
    expect([changed, after.dependencies]).toEqual([true, { 'prom-client': '^15.1.3' }]);
  });
});
