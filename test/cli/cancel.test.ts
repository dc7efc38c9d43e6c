import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitAll, gitStatus, makeFolder, makeRepository } from './support/folders.js';
import { addMetrics, pathWith, run } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

const preload = new URL('support/signal-at.mjs', import.meta.url).href;

/** Runs the CLI and has it get a signal at the nth time that it gives a file its name. */
function runWithSignal(args: readonly string[], signal: string, at: number) {
  return run(args, { env: { NODE_OPTIONS: `--import=${preload}`, SIGNAL: signal, SIGNAL_AT: String(at) } });
}

describe('a signal while the files are written leaves the repository as it was', () => {
  test.each([
    ['SIGINT', 1],
    ['SIGINT', 2],
    ['SIGINT', 5],
    ['SIGINT', 9],
    ['SIGTERM', 3],
    ['SIGHUP', 4],
  ])('add, %s at step %d', async (signal, at) => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    const { exitCode, stderr } = await runWithSignal(['add', root, '--yes', '--no-install'], signal, at);
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toContain('Cancelled. Nothing was changed.');
    expect(treeOf(root)).toEqual(before);
    expect(gitStatus(root)).toBe('');
    expect(existsSync(join(root, '.git/add-prom-metrics'))).toBe(false);
  });

  test.each([2, 6])('remove, SIGINT at step %d', async (at) => {
    const root = makeRepository(sampleApp);
    await addMetrics(root);
    const before = treeOf(root);
    const { exitCode, stderr } = await runWithSignal(['remove', root, '--yes', '--no-install'], 'SIGINT', at);
    expect(exitCode, stderr).toBe(130);
    expect(treeOf(root)).toEqual(before);
  });

  test('--json prints no document then', async () => {
    const root = makeRepository(sampleApp);
    const { exitCode, stdout } = await runWithSignal(['add', root, '--json', '--no-install'], 'SIGINT', 3);
    expect([exitCode, stdout]).toEqual([130, '']);
  });
});

describe('a run that was killed', () => {
  test('is undone by the next one, which then does its own work', async () => {
    const root = makeRepository(sampleApp);
    const killed = await runWithSignal(['add', root, '--yes', '--no-install'], 'SIGKILL', 6);
    expect(killed.exitCode).toBe(-1);
    expect(existsSync(join(root, '.git/add-prom-metrics/journal.json'))).toBe(true);

    const check = await run(['add', root, '--check']);
    expect(check.exitCode).toBe(3);
    expect(check.stderr).toContain('An earlier run was interrupted');

    const next = await addMetrics(root);
    expect(next.stdout).toContain('An earlier run was interrupted; what it had written was put back.');
    const whole = makeRepository(sampleApp);
    await addMetrics(whole);
    expect(treeOf(root)).toEqual(treeOf(whole));
  });

  test('during the install keeps its files: the user may have finished by hand and gone on', async () => {
    const root = makeRepository(sampleApp);
    const npm = makeFolder({ npm: '#!/bin/sh\nkill -9 $PPID\n' });
    chmodSync(join(npm, 'npm'), 0o755);
    const killed = await run(['add', root, '--yes'], { env: { PATH: pathWith(npm) } });
    expect(killed.exitCode).toBe(-1);
    expect(existsSync(join(root, '.git/add-prom-metrics/applied'))).toBe(true);
    commitAll(root);
    const next = await addMetrics(root);
    expect(next.stdout).toContain('its files were written, and stay. Unless you have since, run: npm install');
    expect(gitStatus(root)).toBe('');
    expect(treeOf(root)).toHaveProperty('metrics/index.js');
    expect(existsSync(join(root, '.git/add-prom-metrics'))).toBe(false);
  });

  test('is undone by remove', async () => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    await runWithSignal(['add', root, '--yes', '--no-install'], 'SIGKILL', 6);
    expect(treeOf(root)).not.toEqual(before);
    const removed = await run(['remove', root, '--yes', '--no-install']);
    expect(removed.exitCode, removed.stderr).toBe(0);
    expect(treeOf(root)).toEqual(before);
  });
});
