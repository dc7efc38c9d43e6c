import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recover } from '../../src/apply/recover.js';
import { ApplyError, CancelledError } from '../../src/errors.js';
import { buildChild } from './build-child.js';
import { faultyDisk } from './faulty-disk.js';
import { makeScene, run, snapshot } from './scene.js';

let scene: ReturnType<typeof makeScene>;
let before: Record<string, string>;
let after: Record<string, string>;
let childFolder: string;
let names: readonly string[];
let steps: number;

beforeAll(async () => {
  childFolder = buildChild();
  scene = makeScene();
  const counting = faultyDisk({ step: Number.POSITIVE_INFINITY, torn: false, fail: io });
  await run(scene.root, scene.stateDir, counting.disk);
  after = snapshot(scene.workspace);
  names = counting.steps;
  steps = names.length;
  remove();
});
afterAll(() => rmSync(childFolder, { recursive: true }));

beforeEach(renew);
afterEach(remove);

function renew(): void {
  scene = makeScene();
  before = snapshot(scene.workspace);
}

function remove(): void {
  rmSync(scene.workspace, { recursive: true, force: true });
}

function io(): never {
  throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
}

/** Runs a body for each step of a run, on a scene of its own; for a write also with half of it made. */
async function atEachStep(body: (step: number, torn: boolean) => Promise<void>): Promise<void> {
  for (let step = 1; step <= steps; step += 1) {
    for (const torn of names[step - 1] === 'write' ? [false, true] : [false]) {
      remove();
      renew();
      await body(step, torn);
    }
  }
}

/** Starts the child that is killed at a step; the signal that ended it, null when it came to its end. */
function killed(action: 'apply' | 'recover', step: number, torn = false): Promise<string | null> {
  const script = join(childFolder, 'test/apply/child.js');
  const args = [script, action, scene.root, scene.stateDir, String(step), torn ? 'torn' : ''];
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { timeout: 20_000 }, (error, _, stderr) => {
      if (error === null || child.signalCode === 'SIGKILL') resolve(child.signalCode);
      else reject(new Error(stderr));
    });
  });
}

/** Ends a run that only seemed to be killed: its lock is this process's. */
function orphanLock(): void {
  const lock = join(scene.stateDir, 'lock');
  if (existsSync(lock) && readFileSync(lock).length > 0) writeFileSync(lock, '{"pid":4194305,"started":"x"}');
}

/** What is there, where the run had come to its commands: all that was written, and lockfiles as they are. */
function keptByRecovery(): Record<string, string> | undefined {
  if (!['journal.json', 'applied'].every((name) => existsSync(join(scene.stateDir, name)))) return undefined;
  const isLockfile = ([path]: [string, string]): boolean => /lock\.(?:json|yaml)$|yarn\.lock$/.test(path);
  const now = Object.entries(snapshot(scene.workspace)).filter(([path]) => !path.startsWith('.git/add-prom-metrics'));
  const rest = now.filter((entry) => !isLockfile(entry));
  expect(Object.fromEntries(rest)).toEqual(
    Object.fromEntries(Object.entries(after).filter((entry) => !isLockfile(entry))),
  );
  return Object.fromEntries(now);
}

test('a run changes what it should, keeps permissions and links, and leaves no trace of itself', () => {
  expect(steps).toBeGreaterThan(60);
  const { 'pkg/app.js': app = '', 'pkg/link.js': link, 'pkg/lib/real.js': real = '' } = after;
  expect(app).toMatch(/^file 755 /);
  expect(Buffer.from(app.slice(9), 'base64').toString()).toBe(
    "'use strict';\r\nconst app = instrument(express());\r\n",
  );
  expect([link, real.slice(0, 9)]).toEqual(['link lib/real.js', 'file 600 ']);
  expect(Object.keys(after).filter((path) => !(path in before))).toEqual([
    'pkg/metrics',
    'pkg/metrics/index.js',
    'pkg/metrics/nested',
    'pkg/metrics/nested/deep',
    'pkg/metrics/nested/deep/x.js',
    'pkg/pnpm-lock.yaml',
  ]);
  expect(Object.keys(before).filter((path) => !(path in after))).toEqual([
    'pkg/keep/also.js',
    'pkg/old',
    'pkg/old/deep',
    'pkg/old/deep/gone.js',
  ]);
});

describe('an error', () => {
  test('at any step leaves everything as it was, or comes after the end', async () => {
    let failures = 0;
    await atEachStep(async (step, torn) => {
      const { disk } = faultyDisk({ step, torn, fail: io });
      const error = await run(scene.root, scene.stateDir, disk).catch((reason: unknown) => reason);
      if (error !== undefined) {
        failures += 1;
        expect(error, `step ${step}`).toBeInstanceOf(ApplyError);
        expect(error).toHaveProperty('message', expect.stringContaining('EIO'));
      }
      await recover(scene.stateDir);
      expect(snapshot(scene.workspace), `step ${step}`).toEqual(error === undefined ? after : before);
    });
    expect(failures).toBeGreaterThan(steps - 12);
  });

  test('that lasts is said, and the next run puts back what this one could not', async () => {
    await atEachStep(async (step, torn) => {
      const { disk } = faultyDisk({ step, torn, lasting: true, fail: io });
      const error = await run(scene.root, scene.stateDir, disk).catch((reason: unknown) => reason);
      if (error !== undefined) expect(error).toBeInstanceOf(ApplyError);
      orphanLock();
      const expected = keptByRecovery() ?? (error === undefined ? after : before);
      await recover(scene.stateDir);
      expect(snapshot(scene.workspace), `step ${step}`).toEqual(expected);
    });
  });
});

test('Ctrl-C at any step leaves everything as it was, or comes after the end', async () => {
  await atEachStep(async (step) => {
    const controller = new AbortController();
    const { disk } = faultyDisk({ step: Number.POSITIVE_INFINITY, torn: false, fail: io });
    let count = 0;
    const aborting = {
      ...disk,
      ...Object.fromEntries(
        Object.entries(disk).map(([name, make]) => [
          name,
          (...args: never[]) => {
            count += 1;
            if (count === step) controller.abort();
            return Reflect.apply(make, disk, args) as unknown;
          },
        ]),
      ),
    };
    const error = await run(scene.root, scene.stateDir, aborting, controller.signal).catch((reason: unknown) => reason);
    if (error !== undefined) expect(error).toBeInstanceOf(CancelledError);
    expect(snapshot(scene.workspace), `step ${step}`).toEqual(error === undefined ? after : before);
  });
});

describe('a kill', () => {
  test('at any step leaves what recovery puts back', { timeout: 180_000 }, async () => {
    await atEachStep(async (step, torn) => {
      expect(await killed('apply', step, torn)).toBe('SIGKILL');
      const done = !existsSync(join(scene.stateDir, 'journal.json')) && existsSync(join(scene.root, 'metrics'));
      const expected = keptByRecovery() ?? (done ? after : before);
      await recover(scene.stateDir);
      expect(snapshot(scene.workspace), `step ${step}`).toEqual(expected);
    });
  });

  test('during recovery at any step leaves what the next recovery puts back', { timeout: 180_000 }, async () => {
    for (let step = 1, ended = false; !ended; step += 1) {
      remove();
      renew();
      await halfDone(names.lastIndexOf('rename') + 1);
      expect(existsSync(join(scene.stateDir, 'journal.json'))).toBe(true);
      ended = (await killed('recover', step, true)) === null;
      await recover(scene.stateDir);
      expect(snapshot(scene.workspace), `step ${step}`).toEqual(before);
      if (ended) expect(step).toBeGreaterThan(40);
    }
  });

  test('of a run at some steps, and of its recovery at each, is put back as well', { timeout: 180_000 }, async () => {
    for (let first = Math.floor(steps / 3); first < steps; first += 9) {
      for (let second = 1, ended = false; !ended; second += 1) {
        remove();
        renew();
        await halfDone(first);
        const { disk, steps: made } = faultyDisk({ step: second, torn: true, lasting: true, fail: io });
        const done = !existsSync(join(scene.stateDir, 'journal.json')) && existsSync(join(scene.root, 'metrics'));
        const expected = keptByRecovery() ?? (done ? after : before);
        await recover(scene.stateDir, disk).catch(() => undefined);
        ended = made.length < second;
        orphanLock();
        await recover(scene.stateDir);
        expect(snapshot(scene.workspace), `steps ${first}, ${second}`).toEqual(expected);
      }
    }
  });
});

/** What a kill at a step leaves, without a process for it: from that step on nothing reaches the disk. */
async function halfDone(step: number): Promise<void> {
  const { disk } = faultyDisk({ step, torn: true, lasting: true, fail: io });
  await run(scene.root, scene.stateDir, disk).catch(() => undefined);
  orphanLock();
}
