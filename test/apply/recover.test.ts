import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.js';
import { type Disk, realDisk } from '../../src/apply/disk.js';
import { recover } from '../../src/apply/recover.js';
import { stateDirectory } from '../../src/apply/state-directory.js';
import { ApplyError, RefusedError } from '../../src/errors.js';
import { sha256 } from '../../src/plan/hash.js';
import { makeScene, plan, put, run, snapshot } from './scene.js';

let scene: ReturnType<typeof makeScene>;
let before: Record<string, string>;

beforeEach(() => {
  scene = makeScene();
  before = snapshot(scene.workspace);
});
afterEach(() => rmSync(scene.workspace, { recursive: true }));

const options = (): { root: string; stateDir: string } => ({ root: scene.root, stateDir: scene.stateDir });

const stateName = '.git/add-prom-metrics';

/** Makes the lock that of a process that is no more. */
function orphan(): void {
  writeFileSync(join(scene.stateDir, 'lock'), '{"pid":4194305,"started":"x"}');
}

test('does nothing where nothing was interrupted', async () => {
  expect(await recover(scene.stateDir)).toBeUndefined();
  expect(snapshot(scene.workspace)).toEqual(before);
});

test('says what it put back, and leaves and names what was edited since', async () => {
  await applyPlan(plan, options());
  put(scene.root, 'app.js', 'mine\n', 0o755);
  put(scene.root, 'metrics/index.js', 'mine too\n');
  orphan();
  const result = await recover(scene.stateDir);
  expect([...(result?.left ?? [])].sort()).toEqual(['app.js', 'metrics/index.js']);
  expect([...(result?.restored ?? [])].sort()).toEqual([
    'bin/www',
    'keep/also.js',
    'lib/real.js',
    'metrics/nested/deep/x.js',
    'old/deep/gone.js',
    'package.json',
  ]);
  const {
    'pkg/app.js': app,
    'pkg/metrics': folder,
    'pkg/metrics/index.js': index,
    ...rest
  } = snapshot(scene.workspace);
  const { 'pkg/app.js': _, ...expected } = before;
  expect([app, folder, index].map((entry) => entry?.slice(0, 6))).toEqual(['file 7', 'folder', 'file 6']);
  expect(rest).toEqual(expected);
});

test('keeps the files of a run that was killed during its commands, whatever was done since', async () => {
  const applied = await applyPlan(plan, options());
  await applied.protect(['package-lock.json']);
  put(scene.root, 'package-lock.json', 'theirs\n');
  put(scene.root, 'app.js', 'theirs\n');
  orphan();
  const { 'pkg/app.js': app, ...during } = snapshot(join(scene.workspace));
  expect(await recover(scene.stateDir)).toEqual({ restored: [], left: [], applied: true });
  const { 'pkg/app.js': kept, ...after } = snapshot(scene.workspace);
  expect(kept).toBe(app);
  expect(after).toEqual(Object.fromEntries(Object.entries(during).filter(([path]) => !path.startsWith(stateName))));
  expect(after).toHaveProperty(['pkg/metrics/index.js']);
});

test('is not misled by what a run left that was killed before or after its journal', async () => {
  for (const name of ['applied', 'backup-0', 'lockfile-0']) put(scene.stateDir, name, 'old\n');
  await applyPlan(plan, options());
  orphan();
  expect((await recover(scene.stateDir))?.applied).toBeUndefined();
  expect(snapshot(scene.workspace)).toEqual(before);
});

test('a rollback that is killed is gone on with, though its run had come to its commands', async () => {
  const dead = new Error('dead');
  let unlinked = 0;
  const unlink = async (path: string): Promise<void> => {
    unlinked += 1;
    if (unlinked > 8) throw dead;
    await realDisk.unlink(path);
  };
  let isDead = false;
  const disk: Disk = { ...realDisk, unlink: (path) => (isDead ? unlink(path) : realDisk.unlink(path)) };
  const applied = await applyPlan(plan, { ...options(), disk });
  await applied.protect(['package-lock.json']);
  isDead = true;
  await expect(applied.rollback()).rejects.toThrow(/could not be put back/);
  orphan();
  await recover(scene.stateDir);
  expect(snapshot(scene.workspace)).toEqual(before);
});

test('leaves lockfiles to who edited the manifest since', async () => {
  const applied = await applyPlan(plan, options());
  await applied.protect(['package-lock.json']);
  rmSync(join(scene.stateDir, 'applied'));
  put(scene.root, 'package-lock.json', 'theirs\n');
  put(scene.root, 'package.json', '{"name": "theirs"}\n');
  orphan();
  expect((await recover(scene.stateDir))?.left).toEqual(['package.json', 'package-lock.json']);
  expect(readFileSync(join(scene.root, 'package-lock.json'), 'utf8')).toBe('theirs\n');
});

test('finds its way when target and state directory are reached through a link', async () => {
  const link = join(scene.workspace, 'link');
  symlinkSync('.', link);
  const linked = { root: join(link, 'pkg'), stateDir: stateDirectory(join(link, 'pkg')) };
  const whole = snapshot(scene.workspace);
  await applyPlan(plan, linked);
  orphan();
  await recover(scene.stateDir);
  expect(snapshot(scene.workspace)).toEqual(whole);
});

describe('a run that is under way', () => {
  test('keeps its journal, and keeps others out', async () => {
    const applied = await applyPlan(plan, options());
    const during = snapshot(scene.workspace);
    await expect(recover(scene.stateDir)).rejects.toThrow(new RegExp(`under way \\(pid ${process.pid}\\)`));
    await expect(applyPlan(plan, options())).rejects.toThrow(RefusedError);
    expect(snapshot(scene.workspace)).toEqual(during);
    await applied.rollback();
    expect(snapshot(scene.workspace)).toEqual(before);
  });

  test('that was interrupted must be undone first', async () => {
    await applyPlan(plan, options());
    orphan();
    const during = snapshot(scene.workspace);
    await expect(applyPlan(plan, options())).rejects.toThrow(/interrupted/);
    const { 'pkg/metrics/index.js': index } = snapshot(scene.workspace);
    expect(index).toBe(during['pkg/metrics/index.js']);
    await recover(scene.stateDir);
    expect(snapshot(scene.workspace)).toEqual(before);
  });

  test.each([
    ['of a process id that another process has now', JSON.stringify({ pid: process.pid, started: 'long ago' })],
    ['that was never written to its end', '{"pid":'],
    ['that is empty', ''],
  ])('is not what a lock tells %s', async (_, lock) => {
    mkdirSync(scene.stateDir);
    writeFileSync(join(scene.stateDir, 'lock'), lock);
    await run(scene.root, scene.stateDir, realDisk);
    expect(Object.keys(snapshot(scene.workspace))).not.toContain('.git/add-prom-metrics');
  });

  test('is one of many that start at the same time', async () => {
    mkdirSync(scene.stateDir);
    orphan();
    const runs = await Promise.allSettled(Array.from({ length: 8 }, () => applyPlan(plan, options())));
    const winners = runs.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]?.rollback();
    expect(snapshot(scene.workspace)).toEqual(before);
  });
});

describe('before anything is written', () => {
  test.each([
    ['a file of the plan was edited', () => put(scene.root, 'bin/www', 'edited\n', 0o750), /bin\/www has changed/],
    ['a file to be made was made', () => put(scene.root, 'metrics/index.js', 'x'), /metrics\/index\.js has changed/],
    ['a file that was read appeared', () => put(scene.root, 'tsconfig.json', '{}'), /tsconfig\.json has changed/],
    [
      'a file became a folder',
      () => {
        rmSync(join(scene.root, 'app.js'));
        mkdirSync(join(scene.root, 'app.js'));
      },
      /app\.js has changed/,
    ],
    [
      'a folder became a link that leads out',
      () => {
        rmSync(join(scene.root, 'bin'), { recursive: true });
        symlinkSync('../..', join(scene.root, 'bin'));
      },
      /leads out of the target/,
    ],
  ])('refuses when %s', async (_, spoil, message) => {
    spoil();
    const spoilt = snapshot(scene.workspace);
    const error = await applyPlan(plan, options()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    expect(snapshot(scene.workspace)).toEqual(spoilt);
  });

  test.each(['bin', 'bin/www', '.'])('fails when %s is read-only', async (path) => {
    const writes: string[] = [];
    const disk: Disk = {
      ...realDisk,
      // What access(2) says to a user who is not root, as tests may be.
      isWritable: async (name) => name !== join(scene.root, path),
      rename: async (...names) => {
        writes.push(...names);
        await realDisk.rename(...names);
      },
    };
    const error = await applyPlan(plan, { ...options(), disk }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApplyError);
    expect(error).toHaveProperty('message', expect.stringContaining('read-only'));
    expect([writes, snapshot(scene.workspace)]).toEqual([[], before]);
  });
});

test('a file that appears while it writes is not written over', async () => {
  const disk: Disk = {
    ...realDisk,
    link: async (from, to) => {
      if (to.endsWith('/x.js')) writeFileSync(to, 'theirs\n');
      await realDisk.link(from, to);
    },
  };
  await expect(applyPlan(plan, { ...options(), disk })).rejects.toThrow(/x\.js has changed since/);
  expect(readFileSync(join(scene.root, 'metrics/nested/deep/x.js'), 'utf8')).toBe('theirs\n');
  rmSync(join(scene.root, 'metrics'), { recursive: true });
  expect(snapshot(scene.workspace)).toEqual(before);
});

test('works on a file system without hard links', async () => {
  const link = async (): Promise<void> => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
  };
  const applied = await applyPlan(plan, { ...options(), disk: { ...realDisk, link } });
  expect(readFileSync(join(scene.root, 'metrics/index.js'), 'utf8')).toBe('new\r\n');
  await applied.rollback();
  expect(snapshot(scene.workspace)).toEqual(before);
});

test('a second rollback, or one after the end, does not touch the run that came next', async () => {
  const first = await applyPlan(plan, options());
  await first.rollback();
  const second = await applyPlan(plan, options());
  const during = snapshot(scene.workspace);
  expect(await first.rollback()).toEqual({ restored: [], left: [] });
  await expect(first.commit()).rejects.toThrow(RangeError);
  expect(snapshot(scene.workspace)).toEqual(during);
  await second.commit();
  const done = snapshot(scene.workspace);
  await second.rollback();
  expect(snapshot(scene.workspace)).toEqual(done);
});

test('protects lockfiles only', async () => {
  const applied = await applyPlan(plan, options());
  for (const path of ['.bashrc', '../.npmrc', 'sub/yarn.lock', '../other/yarn.lock', 'yarn.lock/x']) {
    await expect(applied.protect([path]), path).rejects.toThrow(RangeError);
  }
  await applied.rollback();
});

describe('a journal that was brought along', () => {
  const hash = sha256('evil\n');
  const entry = { mode: null, owner: null, temporary: 't', backup: 'b' };

  test.each([
    ['a file outside', { entries: [{ ...entry, path: '../victim', before: hash, after: null }] }],
    ['a dotfile as a lockfile', { protected: [{ ...entry, path: '../.bashrc', before: hash }] }],
    ['a lockfile above the target', { protected: [{ ...entry, path: '../yarn.lock', before: null, backup: null }] }],
    ['a folder outside', { made: ['../victim'] }],
    ['a folder behind a link', { made: ['out/victim'] }],
    ['permissions of a folder behind a link', { emptied: [{ path: 'out/other', mode: 0o777 }] }],
    ['a folder that was emptied behind a link', { emptied: [{ path: 'out/victim', mode: 0o777 }] }],
    ["git's configuration", { entries: [{ ...entry, path: 'sub/.git/config', before: hash, after: null }] }],
    [
      'a temporary file elsewhere',
      { entries: [{ ...entry, path: 'a', before: hash, after: null, temporary: '../../v' }] },
    ],
    ['a backup elsewhere', { entries: [{ ...entry, path: 'a', before: hash, after: null, backup: '../../../v' }] }],
    ['nonsense', { entries: 'x' }],
  ])('does not write %s', async (_, part) => {
    // Without git, as after unpacking an archive.
    rmSync(join(scene.workspace, '.git'), { recursive: true });
    const stateDir = stateDirectory(scene.root);
    expect(stateDir).toBe(join(scene.root, '.add-prom-metrics'));
    mkdirSync(join(scene.workspace, 'other'));
    symlinkSync('..', join(scene.root, 'out'));
    put(stateDir, 'b', 'evil\n');
    const journal = { version: 1, root: '..', entries: [], made: [], emptied: [], protected: [], ...part };
    put(stateDir, 'journal.json', JSON.stringify(journal));
    const spoilt = snapshot(scene.workspace);
    await expect(recover(stateDir)).rejects.toThrow(/not a journal of this tool/);
    expect(snapshot(scene.workspace)).toEqual(spoilt);
  });

  test('does not lead to another target', async () => {
    const stateDir = join(scene.root, '.add-prom-metrics');
    const other = relative(stateDir, scene.workspace);
    put(stateDir, 'b', 'evil\n');
    const entries = [{ ...entry, path: 'victim', before: hash, after: null }];
    put(
      stateDir,
      'journal.json',
      JSON.stringify({ version: 1, root: other, entries, made: [], emptied: [], protected: [] }),
    );
    const spoilt = snapshot(scene.workspace);
    await expect(recover(stateDir)).rejects.toThrow(/not a journal of this tool/);
    expect(snapshot(scene.workspace)).toEqual(spoilt);
  });
});
