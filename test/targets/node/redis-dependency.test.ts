import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import { Workspace } from '../../../src/plan/workspace.js';
import { parseManifest } from '../../../src/project/manifest.js';
import { addRedisDependency, chooseRedisClient } from '../../../src/targets/node/dependency.js';
import { makeFolder } from '../../cli/support/folders.js';

function add(dependencies: Record<string, string>): unknown {
  const text = `${JSON.stringify({ dependencies }, null, 2)}\n`;
  const workspace = new Workspace(makeFolder({ 'package.json': text }));
  const manifest = parseManifest(text, 'package.json');
  addRedisDependency(workspace, manifest, chooseRedisClient(manifest));
  return JSON.parse(workspace.read('package.json') ?? '').dependencies;
}

describe('the package that connects to Redis', () => {
  test.each([
    [{ redis: '^4.6.0' }],
    [{ redis: '6' }],
    [{ redis: 'latest' }],
    [{ ioredis: '~5.3.0' }],
    [{ ioredis: '^4.28.0', redis: '^5.0.0' }],
    [{ ioredis: '^5.0.0', redis: '^3.1.2' }],
  ])('is the one that is there: %j', (dependencies: Record<string, string>) => {
    expect(add(dependencies)).toEqual(dependencies);
  });

  test.each<[Record<string, string>, Record<string, string>]>([
    [{}, { redis: '^5.12.1' }],
    [{ ioredis: '^4.28.0' }, { redis: '^5.12.1' }],
    [{ redis: '^3.1.2' }, { ioredis: '^5.11.1' }],
  ])('is a new one beside %j', (dependencies, added) => {
    expect(add(dependencies)).toEqual({ ...dependencies, ...added });
  });

  test('is refused where both are too old', () => {
    expect(() => add({ redis: '^3.1.2', ioredis: '^4.0.0' })).toThrow(
      expect.objectContaining({ constructor: RefusedError, message: expect.stringContaining('redis 4 or ioredis 5') }),
    );
  });
});
