import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counts } from '../../templates/node/counts.js';
import { type Gauges, Merger } from '../../templates/node/merge.js';
import { claimSlot, findRun, isAlive, listSlots, type Run } from '../../templates/node/slots.js';
import { filesIn, makeBase, parse, remove } from './multiprocess/support.js';

// The files of several "processes" made by one: a second claim with the same owner sees that the first one lives.

let base: string;
let run: Run;
beforeEach(() => {
  base = makeBase();
  run = { folders: [`${base}/prom-app-0/1.boot-1-1`], owner: ownerOf(process.pid) };
});
afterEach(() => remove(base));

function ownerOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return `${pid}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

/** A run as a process sees it that died meanwhile: its pid is used again, by one that started at another time. */
function asDead(): Run {
  return { ...run, owner: `${process.pid}-1` };
}

const nothing: Gauges = { owner: '', gauges: [] };

function read(merger: Merger = new Merger({ application: 'app' })): Map<string, number> {
  return parse(merger.merge(listSlots(run), 'none', nothing, []));
}

function count(counts: Counts, value: number, name = 'a_total'): void {
  counts.add(counts.row(name, 'counter', 'A', { route: '/a' }, null), value);
}

const A = 'a_total{application="app",route="/a"}';

describe('a slot', () => {
  it('goes on from the values of a dead process, also when its pid is used again', () => {
    count(new Counts(asDead()), 5);
    expect(read().get(A)).toBe(5);
    const heir = new Counts(run);
    expect(read().get(A)).toBe(5);
    count(heir, 2);
    expect(read().get(A)).toBe(7);
    expect(readdirSync(run.folders[0] ?? '').filter((file) => file.includes('.owner.'))).toEqual([
      `0.owner.${run.owner}`,
    ]);
  });

  it('is left to its owner while that lives', () => {
    count(new Counts(run), 5);
    count(new Counts(run), 2);
    expect(listSlots(run).map(({ worker }) => worker)).toEqual(['0', '1']);
    expect(read().get(A)).toBe(7);
  });

  it('is not inherited from a zombie that lives no more, but is from one that is dead', async () => {
    // `exec` leaves a parent that never asks for its child's end.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 20'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [text] = (await once(parent.stdout, 'data')) as [Buffer];
      const owner = ownerOf(Number(text));
      expect(isAlive(owner)).toBe(true);
      count(new Counts({ ...run, owner }), 3);
      expect(claimSlot(run, true).path).toMatch(/\/1$/);
      while (!readFileSync(`/proc/${Number(text)}/stat`, 'latin1').includes(') Z'))
        await new Promise((done) => setTimeout(done, 20));
      expect(isAlive(owner)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is not taken by two', () => {
    for (let i = 0; i < 4; i++) count(new Counts(run), 1);
    const folder = run.folders[0] ?? '';
    for (const file of readdirSync(folder)) {
      if (file.includes('.owner.'))
        renameSync(`${folder}/${file}`, `${folder}/${file.replace(/\.owner\..*/, '.owner.1-1')}`);
    }
    const paths = Array.from({ length: 6 }, () => claimSlot(run, true).path.slice(folder.length));
    expect(paths).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
    expect(read().get(A)).toBe(4);
  });

  it('survives keys and cells that were torn', () => {
    const before = new Counts(asDead());
    count(before, 5);
    count(before, 1, 'b_total');
    const { path } = before.slot;
    appendFileSync(`${path}.keys`, '\n[2,"torn_total","counter","\u00e4'.slice(0, -1));
    const merger = new Merger({ application: 'app' });
    expect(read(merger).get(A)).toBe(5);
    const heir = new Counts(run);
    count(heir, 1, 'c_total');
    expect(read(merger).get('c_total{application="app",route="/a"}')).toBe(1);
    expect(read(merger)).toEqual(read());
    // Killed between key and cells.
    truncateSync(`${path}.cells`, 16);
    expect(read().get(A)).toBe(5);
    expect(read().get('c_total{application="app",route="/a"}')).toBe(0);
  });

  it('writes updates that belong together at once, side by side or not, also when the last one throws', () => {
    const counts = new Counts(run);
    count(counts, 0, 'apart_total');
    counts.together(() => {
      count(counts, 1);
      count(counts, 1, 'beside_total');
      expect(read().get(A), 'nothing is written before its end').toBe(0);
      count(counts, 1, 'apart_total');
    });
    const again = () => {
      count(counts, 1);
      count(counts, 1, 'beside_total');
      count(counts, 1, 'apart_total');
      throw new Error('of the work');
    };
    expect(() => counts.together(again)).toThrow('of the work');
    const values = read();
    expect(values.get(A)).toBe(2);
    expect(values.get('beside_total{application="app",route="/a"}')).toBe(2);
    expect(values.get('apart_total{application="app",route="/a"}')).toBe(2);
    count(counts, 1);
    expect(read().get(A)).toBe(3);
  });

  it('never falls where a metric of somebody else was reset, and goes on after its owner died', () => {
    const raise = (counts: Counts, value: number): void =>
      counts.raise(counts.row('foreign_total', 'counter', 'F', {}, null), [value]);
    const first = new Counts(asDead());
    for (const value of [3, 9, 2]) raise(first, value);
    expect(read().get('foreign_total{application="app"}')).toBe(9);
    const second = new Counts(run);
    raise(second, 1);
    expect(read().get('foreign_total{application="app"}')).toBe(10);
  });

  it('is made again with its values when somebody removed it', () => {
    const counts = new Counts(run);
    for (let i = 0; i < 300; i++) count(counts, 1, `m${i}_total`);
    remove(`${base}/prom-app-0`);
    counts.check();
    const series = read();
    expect(series.size).toBe(301);
    expect(new Set(series.values())).toEqual(new Set([1]));
    expect(counts.restored).toBeGreaterThan(0);
    expect(statSync(`${base}/prom-app-0`).mode & 0o777).toBe(0o700);
  });
});

describe('the folder of a run', () => {
  it('is taken from the next base where the first is missing, a file, or a symbolic link', () => {
    const usable = `${base}/usable`;
    mkdirSync(usable);
    mkdirSync(`${base}/linked`);
    mkdirSync(`${base}/elsewhere`);
    symlinkSync(`${base}/elsewhere`, `${base}/linked/prom-app-0`);
    writeFileSync(`${base}/file`, '');
    const folders = ['missing', 'file', 'linked', 'usable'].map((name) => `${base}/${name}/prom-app-0/1.boot-1-1`);
    run = { ...run, folders };
    const counts = new Counts(run);
    count(counts, 4);
    expect(counts.slot.path).toBe(`${usable}/prom-app-0/1.boot-1-1/0`);
    expect(listSlots(run)).toEqual([{ path: counts.slot.path, worker: '3-0' }]);
    expect(read().get(A)).toBe(4);
    expect(filesIn(`${base}/elsewhere`)).toEqual([]);
  });

  it('counts once where two bases are the same folder', () => {
    mkdirSync(`${base}/one`);
    symlinkSync(`${base}/one`, `${base}/two`);
    run = { ...run, folders: ['two', 'one', 'one/'].map((name) => `${base}/${name}/prom-app-0/1.boot-1-1`) };
    count(new Counts(run), 4);
    expect(read().get(A)).toBe(4);
  });

  it('is refused below /proc at once, instead of spinning for ever', () => {
    expect(() => claimSlot({ ...run, folders: ['/proc/1/prom-app-0/run'] }, true)).toThrow('/proc/1/prom-app-0/run');
  });

  it('clears away runs that are over: dead ones of its own namespace, old ones of others', () => {
    const parent = `${base}/prom-app-0`;
    mkdirSync(parent, { mode: 0o700 });
    const alive = ownerOf(process.pid);
    const make = (name: string, owner: string, minutes: number): void => {
      mkdirSync(`${parent}/${name}`);
      writeFileSync(`${parent}/${name}/0.owner.${owner}`, '');
      const time = Date.now() / 1000 - minutes * 60;
      utimesSync(`${parent}/${name}/0.owner.${owner}`, time, time);
      utimesSync(`${parent}/${name}`, time, time);
    };
    make('1.boot-999999-1', '999998-1', 0);
    make(`1.boot-${alive}`, '999998-1', 60);
    make('1.boot-999999-2', alive, 60);
    make('2.boot-1-1', alive, 9);
    make('3.boot-1-1', alive, 11);
    claimSlot(run, true);
    expect(readdirSync(parent).sort()).toEqual(
      [`1.boot-${alive}`, '1.boot-999999-2', '1.boot-1-1', '2.boot-1-1'].sort(),
    );
  });
});

describe('a run', () => {
  const gate = (env: Record<string, string>): Run | undefined => {
    const before = { ...process.env };
    Object.assign(process.env, { PROMETHEUS_MULTIPROC_DIR: '' }, env);
    try {
      return findRun('my-api');
    } finally {
      process.env = before;
    }
  };
  const nameOf = (found: Run | undefined): string => found?.folders[0]?.split('/').pop() ?? '';

  it('is none for a process by itself', () => {
    expect(gate({})).toBeUndefined();
  });

  it('is the process itself with the variable, PM2 when that started it', () => {
    expect(nameOf(gate({ PROMETHEUS_MULTIPROC_DIR: base }))).toMatch(new RegExp(`-${ownerOf(process.pid)}$`));
    const pm2 = { pm_id: '0', name: 'shop/web', namespace: 'default', exec_mode: 'cluster_mode' };
    const daemon = ownerOf(process.ppid);
    expect(nameOf(gate(pm2))).toMatch(new RegExp(`-${daemon}-shop%2Fweb%2Fdefault%2F$`));
    expect(nameOf(gate({ ...pm2, pm_id: '1' }))).toBe(nameOf(gate(pm2)));
    expect(nameOf(gate({ ...pm2, name: 'other' }))).not.toBe(nameOf(gate(pm2)));
    // In fork mode each instance listens on a port of its own.
    const fork = { ...pm2, exec_mode: 'fork_mode' };
    expect(nameOf(gate({ ...fork, pm_id: '1' }))).not.toBe(nameOf(gate(fork)));
  });

  it('has the variable first, then shared memory', () => {
    const folders = gate({ PROMETHEUS_MULTIPROC_DIR: base })?.folders ?? [];
    expect(folders[0]).toMatch(new RegExp(`^${base}/prom-my-api-${process.getuid?.()}/\\d+\\.\\w{8}-`));
    expect(folders[1]).toMatch(/^\/dev\/shm\/prom-my-api-/);
  });
});

describe('merging', () => {
  const observe = (counts: Counts, bounds: number[], values: readonly number[]): void => {
    const row = counts.row('d_seconds', 'histogram', 'D', {}, bounds);
    for (const value of values) counts.add(row, value);
  };

  it('adds up histograms, and unites different buckets', () => {
    const merger = new Merger({ application: 'app' });
    const old = new Counts(run);
    observe(old, [1, 5], [0.5, 1, 3, 9]);
    expect(read(merger).get('d_seconds_bucket{application="app",le="5"}')).toBe(3);
    observe(new Counts(run), [1, 2, 10], [1.5, 3, 20]);
    observe(old, [1, 5], [2]);
    for (const series of [read(merger), read()]) {
      expect([...series].filter(([text]) => text.startsWith('d_seconds'))).toEqual([
        ['d_seconds_bucket{application="app",le="1"}', 2],
        ['d_seconds_bucket{application="app",le="2"}', 3],
        ['d_seconds_bucket{application="app",le="5"}', 5],
        ['d_seconds_bucket{application="app",le="10"}', 6],
        ['d_seconds_bucket{application="app",le="+Inf"}', 8],
        ['d_seconds_sum{application="app"}', 40],
        ['d_seconds_count{application="app"}', 8],
      ]);
    }
  });

  it('shows of summaries the sum and the count', () => {
    const counts = new Counts(run);
    counts.raise(counts.row('s', 'summary', 'S', { a: 'b' }, []), [4, 12]);
    expect([...read()].filter(([text]) => text.startsWith('s'))).toEqual([
      ['s_sum{a="b",application="app"}', 12],
      ['s_count{a="b",application="app"}', 4],
    ]);
  });

  it('leaves out what another release declares as another type', () => {
    const counts = new Counts(run);
    count(counts, 3);
    const merger = new Merger({ application: 'app' });
    const declared = [{ name: 'a_total', type: 'gauge', help: 'Now a gauge' }];
    const gauges = [{ name: 'a_total', help: 'Now a gauge', aggregator: 'sum', values: [{ labels: {}, value: 1 }] }];
    const own: Gauges = { owner: run.owner, gauges };
    const series = parse(merger.merge(listSlots(run), counts.slot.path, own, declared));
    expect(series.get('a_total{application="app"}')).toBe(1);
    expect(series.has(A)).toBe(false);
  });

  it.each([
    ['sum', 6],
    ['average', 3],
    ['min', 1],
    ['max', 5],
    ['first', 1],
    ['omit', undefined],
  ])('puts gauges together by %s', (aggregator, expected) => {
    for (const value of [1, 5]) {
      const values = [{ labels: { b: '2', a: '1' }, value }];
      const own: Gauges = { owner: run.owner, gauges: [{ name: 'g', help: 'G', aggregator, values }] };
      writeFileSync(`${new Counts(run).slot.path}.gauges`, JSON.stringify(own));
    }
    // One that lives no more.
    const dead = {
      owner: '999999-1',
      gauges: [{ name: 'g', help: 'G', aggregator, values: [{ labels: {}, value: 9 }] }],
    };
    writeFileSync(`${new Counts(run).slot.path}.gauges`, JSON.stringify(dead));
    const series = read();
    expect(series.get('g{a="1",application="app",b="2"}')).toBe(expected);
    expect(series.size).toBe(expected === undefined ? 1 : 2);
    expect(series.get('prom_multiprocess_up{application="app"}')).toBe(1);
  });

  it('is not up while a living process could not write its counts', () => {
    const counts = new Counts(run);
    const gauges: Gauges = { owner: run.owner, gauges: [] };
    writeFileSync(`${counts.slot.path}.gauges`, JSON.stringify(gauges));
    expect(read().get('prom_multiprocess_up{application="app"}')).toBe(1);
    closeSync(counts.slot.keys);
    count(counts, 1);
    expect(read().get('prom_multiprocess_up{application="app"}')).toBe(0);
  });

  it('escapes labels and help, and writes values that are not finite', () => {
    const counts = new Counts(run);
    counts.add(counts.row('odd_total', 'counter', 'a\\b\nc', { path: 'a"b\\c\nd' }, null), 1e300);
    const gauges = [{ name: 'inf', help: 'I', aggregator: 'max', values: [{ labels: {}, value: 'Infinity' }] }];
    const text = new Merger({ application: 'app' }).merge(listSlots(run), counts.slot.path, { ...nothing, gauges }, []);
    expect(text).toContain('# HELP odd_total a\\\\b\\nc\n');
    expect(text).toContain('odd_total{application="app",path="a\\"b\\\\c\\nd"} 1e+300\n');
    expect(text).toContain('inf{application="app"} +Inf\n');
  });
});
