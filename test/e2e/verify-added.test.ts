import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftBehind } from '../checks/process/left.js';
import { makeFolder, makeRepository } from '../cli/support/folders.js';
import { pathWith, run } from '../cli/support/run.js';
import { sampleApp } from '../cli/support/sample-app.js';
import { controlC, enter, runInTerminal, type Step } from '../cli/support/terminal.js';
import { loadFixtures } from '../support/fixture.js';
import { createTarget, removeTarget, type Target } from '../support/target.js';

const answers = ['--app-tag', 'guestbook', '--entry', 'app.js', '--workers', '2', '--no-redis'];
const all = [...answers, '--metrics-path', '/metrics'];
const offer = 'Start the service now (npm start)';

let target: Target;
let token: string;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  const fixture = loadFixtures('express').find(({ name }) => name === 'bin-www');
  if (fixture === undefined) throw new Error('no fixture');
  target = await createTarget(fixture);
  token = randomUUID();
  // The packages are there; nothing else is asked of npm but to start the service.
  const real = path.join(path.dirname(process.execPath), 'npm');
  const folder = makeFolder({ npm: `#!/bin/sh\n[ "$1" = install ] || exec ${real} "$@"\n` });
  chmodSync(path.join(folder, 'npm'), 0o755);
  env = { PATH: pathWith(folder), TEST_RUN: token, TMPDIR: makeFolder() };
});

afterEach(async () => {
  await removeTarget(target);
  expect(await leftBehind(token)).toEqual([]);
});

function expectAdded(): void {
  expect(readFileSync(path.join(target.dir, 'app.js'), 'utf8')).toContain('instrument(express())');
}

describe('add --verify', () => {
  test('starts what it has written, and finds nothing wrong with it; also where the port for its metrics is taken', async () => {
    // By the service that runs, for example.
    const other = http.createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const flags = [target.dir, '--yes', '--workers', '4', '--metrics-port', String(port), '--verify'];
    const { exitCode, stdout, stderr } = await run(['add', ...flags], { env }).finally(() => other.close());
    expect(exitCode, stdout + stderr).toBe(0);
    expectAdded();
    expect(stdout.indexOf('Starting: npm start')).toBeGreaterThan(stdout.indexOf('Done.'));
    expect(stdout).toMatch(/pass {2}workers .*4 of 4/);
    expect(stdout).toMatch(/pass {2}worker-death .*no counter fell/);
    expect(stdout).toMatch(/\nChecking http:\/\/127\.0\.0\.1:\d+\/metrics, requests to http:\/\/127\.0\.0\.1:\d+\n/);
    expect(stdout).toContain('Nothing failed.');
  });

  test('a service that does not come up: exit 1, and the changes stay; also where nothing was left to write', async () => {
    writeFileSync(path.join(target.dir, 'bin/www'), "require('../app');\nthrow new Error('no database');\n");
    const flags = [target.dir, '--yes', '--force', '--workers', '1', '--verify'];
    const { exitCode, stdout } = await run(['add', ...flags], { env });
    expect(exitCode, stdout).toBe(1);
    expect(stdout).toContain('no database');
    expectAdded();

    const again = await run(['add', ...flags], { env });
    expect(again.exitCode, again.stdout).toBe(1);
    expect(again.stdout).toMatch(/Nothing to do[\s\S]*no database/);
  });

  test.each([['--json'], ['--dry-run'], ['--check']])('not with %s', async (flag) => {
    const root = makeRepository(sampleApp);
    const { exitCode, stderr } = await run(['add', root, '--yes', '--verify', flag], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`--verify and ${flag} do not go together.`);
  });
});

describe('the offer at the end', () => {
  const confirm: Step = { wait: 'Write these changes?', send: enter };

  test('Enter declines it', async () => {
    const { exitCode, output } = await runInTerminal(['add', ...all], [confirm, { wait: offer, send: enter }], {
      cwd: target.dir,
      env,
    });
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain('Starting:');
    expectAdded();
  });

  test('Ctrl-C at it, or in the checks, leaves what was written', async () => {
    const steps: Step[] = [confirm, { wait: offer, send: `y${enter}` }, { wait: 'Watching', send: controlC }];
    const { exitCode, output } = await runInTerminal(['add', ...all], steps, { cwd: target.dir, env });
    expect(exitCode, output).toBe(130);
    expect(output).toContain('The changes are written, and stay.');
    expect(await leftBehind(token)).toEqual([]);
    expectAdded();
  });

  test('is not made where nothing was installed', async () => {
    const { exitCode, output } = await runInTerminal(['add', ...all, '--no-install'], [confirm], {
      cwd: target.dir,
      env,
    });
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain(offer);
  });
});
