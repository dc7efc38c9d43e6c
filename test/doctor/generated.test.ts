import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.js';
import { Workspace } from '../../src/plan/workspace.js';
import { runCliJson } from '../support/cli.js';
import { type Fixture, loadFixtures } from '../support/fixture.js';
import { createTarget, removeTarget } from '../support/target.js';

const redis = ['--workers', '3', '--redis'];

/** In one process, in several by the launcher, under PM2 and own cluster code; plain and TypeScript, with Redis. */
const express = new Map<string, readonly string[]>([
  ['single-file-esm', []],
  ['nested-routers-4', redis],
  ['guarded', []],
  ['class-app', redis],
  ['typescript-commonjs', []],
  ['typescript-strictest', redis],
]);

describe('what add writes has no fault', () => {
  const cases: (readonly [string, Fixture, readonly string[]])[] = [
    ...loadFixtures('serving').map((fixture) => [fixture.name, fixture, ['--workers', '4']] as const),
    ...loadFixtures('express').flatMap((fixture) => {
      const flags = express.get(fixture.name);
      return flags === undefined ? [] : [[fixture.name, fixture, flags] as const];
    }),
  ];

  it.each(cases)('%s', async (_, fixture, flags) => {
    // Nothing of it is run here: it needs no packages.
    const { set: _set, ...bare } = fixture;
    const target = await createTarget(bare);
    try {
      const added = await runCliJson('add', target.dir, '--yes', '--no-install', '--force', ...flags);
      expect(added.exitCode, added.stderr).toBe(0);
      const workspace = new Workspace(target.dir);
      const { findings, skipped, examined } = diagnose(workspace.root, workspace);
      expect(findings).toEqual([]);
      expect(skipped).toEqual([]);
      expect(examined, 'the generated files are looked through').toBeGreaterThan(5);
    } finally {
      await removeTarget(target);
    }
  });
});
