import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.js';
import { stateDirectory } from '../../src/apply/state-directory.js';
import { RefusedError } from '../../src/errors.js';
import { insertProperty } from '../../src/languages/json.js';
import { checkRecord } from '../../src/plan/check-record.js';
import { makePlan } from '../../src/plan/make-plan.js';
import type { Plan } from '../../src/plan/plan.js';
import { type InstallRecord, parseRecord, recordName } from '../../src/plan/record.js';
import { rebase, withdraw } from '../../src/plan/withdraw.js';
import { Workspace } from '../../src/plan/workspace.js';
import { makeFolder, put, snapshot } from '../apply/scene.js';

let root: string;
let before: Record<string, string>;

const app = "\uFEFF'use strict';\r\nconst express = require('express');\r\nconst app = express();\r\napp.listen(3000);";
const importLine = "const { instrument } = require('./metrics/index.js');\r\n";

beforeEach(() => {
  root = makeFolder();
  put(root, 'app.js', app, 0o755);
  put(root, 'package.json', '{\r\n\t"name": "x",\r\n\t"dependencies": {\r\n\t\t"express": "^5.0.0"\r\n\t}\r\n}');
  before = snapshot(root);
});
afterEach(() => rmSync(root, { recursive: true }));

interface Given {
  readonly tool?: string;
  readonly buckets?: string;
  readonly entry?: string;
  readonly folder?: string;
}

function readRecord(): InstallRecord | undefined {
  const text = new Workspace(root).read(recordName);
  return text === undefined ? undefined : parseRecord(text, '0.1.0');
}

/** What `add` does, with a small target. */
function planAdd({ tool = '0.1.0', buckets = '1', folder = 'metrics' }: Given = {}): Plan {
  const workspace = new Workspace(root);
  const previous = readRecord();
  if (previous !== undefined) rebase(previous, workspace);
  const text = workspace.read('app.js') ?? '';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  workspace.edit('app.js', [
    {
      offset: text.indexOf('const express'),
      length: 0,
      text: importLine.replace('metrics', folder).replace('\r\n', eol),
    },
    { offset: text.indexOf('express();'), length: 0, text: 'instrument(' },
    { offset: text.indexOf('express();') + 'express()'.length, length: 0, text: ')' },
  ]);
  workspace.create(`${folder}/index.js`, `// sealed, made by ${tool}${eol}`, 'sealed');
  workspace.create(`${folder}/custom.js`, `// yours: ${buckets}${eol}require('./index.js');${eol}`, 'seeded');
  const manifest = workspace.read('package.json') ?? '';
  workspace.edit('package.json', insertProperty(manifest, ['dependencies'], 'prom-client', '^15.1.3'));
  return makePlan(workspace, { previous, next: { tool, answers: { buckets } } });
}

function planRemove(): { plan: Plan; left: readonly { path: string; reason: string }[] } {
  const workspace = new Workspace(root);
  const previous = readRecord() ?? { version: 1, tool: '', answers: {}, files: [] };
  const { left } = withdraw(previous, workspace);
  return { plan: makePlan(workspace, { previous }), left };
}

async function apply(plan: Plan): Promise<void> {
  const applied = await applyPlan(JSON.parse(JSON.stringify(plan)) as Plan, { root, stateDir: stateDirectory(root) });
  await applied.commit();
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(root, path), 'utf8');
  expect(text).toContain(from);
  put(root, path, text.replace(from, to));
}

const paths = (plan: Plan): string[] => plan.changes.map(({ path, after }) => (after === null ? `-${path}` : path));

test('add, and remove gives back every byte', async () => {
  await apply(planAdd());
  expect(readFileSync(join(root, 'app.js'), 'utf8')).toBe(
    app.replace('const express', `${importLine}const express`).replace('express();', 'instrument(express());'),
  );
  expect(checkRecord(readRecord() ?? never(), new Workspace(root))).toEqual([]);
  await apply(planRemove().plan);
  expect(snapshot(root)).toEqual(before);
});

test.each([
  ['\n', '\r\n'],
  ['\r\n', '\n'],
])('after git has checked everything out with other line endings, %j as %j', async (from, to) => {
  const convert = (eol: string): void => {
    for (const path of Object.keys(snapshot(root)).filter((name) => name !== 'metrics')) {
      put(root, path, readFileSync(join(root, path), 'utf8').replace(/\r?\n/g, eol));
    }
  };
  convert(from);
  await apply(planAdd());
  convert(to);
  expect(planAdd()).toMatchObject({ changes: [], manual: [] });
  expect(checkRecord(readRecord() ?? never(), new Workspace(root))).toEqual([]);
  const { plan, left } = planRemove();
  expect(left).toEqual([]);
  await apply(plan);
  const removed = snapshot(root);
  rmSync(root, { recursive: true });
  put(root, 'app.js', app);
  put(root, 'package.json', '{\r\n\t"name": "x",\r\n\t"dependencies": {\r\n\t\t"express": "^5.0.0"\r\n\t}\r\n}');
  convert(to);
  expect(removed).toEqual(snapshot(root));
});

describe('a second add', () => {
  beforeEach(async () => apply(planAdd()));

  test('changes nothing and runs nothing', () => {
    expect(planAdd()).toMatchObject({ changes: [], manual: [] });
  });

  test('changes nothing after the user has edited around our lines, and their own files', () => {
    edit('app.js', 'app.listen', 'app.use(helmet());\r\napp.listen');
    edit('app.js', "'use strict';", "'use strict'; // note");
    edit('package.json', '"^15.1.3"', '"^15.2.0"');
    edit('metrics/custom.js', 'yours', 'mine');
    expect(planAdd()).toMatchObject({ changes: [], manual: [] });
    expect(checkRecord(readRecord() ?? never(), new Workspace(root))).toEqual([]);
  });

  test('puts back what is gone, and nothing else', async () => {
    const whole = snapshot(root);
    edit('app.js', importLine, '');
    rmSync(join(root, 'metrics'), { recursive: true });
    expect(checkRecord(readRecord() ?? never(), new Workspace(root))).toHaveLength(3);
    const plan = planAdd();
    expect(paths(plan)).toEqual(['app.js', 'metrics/custom.js', 'metrics/index.js']);
    await apply(plan);
    expect(snapshot(root)).toEqual({ ...whole, 'app.js': whole['app.js']?.replace('755', '644') ?? '' });
  });

  test('of a newer tool replaces sealed files and leaves seeded ones', async () => {
    edit('metrics/custom.js', 'yours', 'mine');
    const plan = planAdd({ tool: '0.2.0' });
    expect(paths(plan)).toEqual([recordName, 'metrics/index.js']);
    await apply(plan);
    expect(planAdd({ tool: '0.2.0' }).changes).toEqual([]);
  });

  test('refuses to replace a sealed file that was edited', () => {
    edit('metrics/index.js', 'sealed', 'edited');
    expect(() => planAdd()).toThrow(/metrics\/index\.js was changed/);
    expect(() => planAdd()).toThrow(RefusedError);
    expect(checkRecord(readRecord() ?? never(), new Workspace(root))).toMatchObject([{ path: 'metrics/index.js' }]);
  });

  test('with other answers renews a seeded file that nobody touched', async () => {
    const plan = planAdd({ buckets: '2' });
    expect(paths(plan)).toEqual([recordName, 'metrics/custom.js']);
    await apply(plan);
    expect(planAdd({ buckets: '2' }).changes).toEqual([]);
  });

  test('with other answers leaves a seeded file that the user edited, and says so once', async () => {
    edit('metrics/custom.js', 'yours', 'mine');
    const plan = planAdd({ buckets: '2' });
    expect(paths(plan)).toEqual([recordName]);
    expect(plan.manual).toMatchObject([{ path: 'metrics/custom.js', snippet: expect.stringContaining('yours: 2') }]);
    await apply(plan);
    expect(planAdd({ buckets: '2' })).toMatchObject({ changes: [], manual: [] });
  });

  test('that puts files elsewhere takes the old ones away, and leaves the ones the user edited', async () => {
    edit('metrics/custom.js', 'yours', 'mine');
    const plan = planAdd({ folder: 'observe' });
    expect(paths(plan)).toEqual([recordName, 'app.js', '-metrics/index.js', 'observe/custom.js', 'observe/index.js']);
    expect(plan.manual).toMatchObject([{ path: 'metrics/custom.js' }]);
    await apply(plan);
    expect(planAdd({ folder: 'observe' }).changes).toEqual([]);
  });

  test('refuses when the inserted line was changed, and names it', () => {
    edit('app.js', '{ instrument }', '{ instrument: wrap }');
    const error = thrown(planAdd);
    expect(error).toMatchObject({ exitCode: 3, manual: [{ path: 'app.js', snippet: importLine.trim() }] });
  });

  test('leaves another record in peace: what changed since planning is not written over', async () => {
    const plan = planAdd({ tool: '0.2.0' });
    edit('app.js', '3000', '4000');
    const whole = snapshot(root);
    await expect(apply(plan)).rejects.toThrow(/app\.js has changed since/);
    expect(snapshot(root)).toEqual(whole);
  });
});

describe('remove', () => {
  beforeEach(async () => apply(planAdd()));

  test('takes out just our lines where the user has edited', async () => {
    edit('app.js', 'app.listen', 'app.use(helmet());\r\napp.listen');
    edit('app.js', 'const app =', 'const server =');
    edit('package.json', '"^15.1.3"', '"^15.2.0"');
    const { plan, left } = planRemove();
    expect(left).toEqual([]);
    await apply(plan);
    const expected = app
      .replace('app.listen', 'app.use(helmet());\r\napp.listen')
      .replace('const app =', 'const server =');
    expect(readFileSync(join(root, 'app.js'), 'utf8')).toBe(expected);
    expect(readFileSync(join(root, 'package.json'), 'utf8')).not.toContain('prom-client');
    expect(existsSync(join(root, 'metrics'))).toBe(false);
  });

  test('leaves a created file that the user edited, and says what it imports', async () => {
    edit('metrics/custom.js', 'yours', 'mine');
    const { plan, left } = planRemove();
    expect(left).toMatchObject([{ path: 'metrics/custom.js', reason: expect.stringMatching(/edited.*imports files/) }]);
    await apply(plan);
    expect(Object.keys(snapshot(root))).toEqual(['app.js', 'metrics', 'metrics/custom.js', 'package.json']);
  });

  test('removes nothing while a changed line needs the files', () => {
    edit('app.js', '{ instrument }', '{ instrument: wrap }');
    expect(thrown(planRemove)).toMatchObject({
      exitCode: 3,
      manual: expect.arrayContaining([{ path: 'app.js', reason: expect.anything(), snippet: importLine.trim() }]),
    });
  });

  test('removes nothing while other source files import what would go', () => {
    put(root, 'src/orders.js', "const { counter } = require('../metrics/custom');\n");
    const workspace = new Workspace(root);
    const record = readRecord() ?? never();
    const error = thrown(() => withdraw(record, workspace, { sources: ['src/orders.js', 'app.js'] }));
    expect(error).toMatchObject({
      manual: [
        { path: 'src/orders.js', reason: 'line 1 uses metrics/custom.js', snippet: expect.stringContaining('counter') },
      ],
    });
  });

  test('keeps a dependency for the reason given', async () => {
    const workspace = new Workspace(root);
    const record = readRecord() ?? never();
    const keep = (path: string): string | undefined => (path === 'package.json' ? 'src/x.js imports it' : undefined);
    expect(withdraw(record, workspace, { keep })).toMatchObject({
      left: [{ path: 'package.json', reason: 'src/x.js imports it' }],
    });
    await apply(makePlan(workspace, { previous: record }));
    expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('"prom-client": "^15.1.3"');
  });

  test('says nothing of imports that are in comment lines alone', () => {
    put(root, 'metrics/custom.js', "// const { counter } = require('./index.js');\nmodule.exports = {};\n");
    expect(planRemove().left).toEqual([
      { path: 'metrics/custom.js', reason: 'was edited since, so it stays', snippet: '' },
    ]);
  });

  test('after the user took the lines out removes the rest', async () => {
    edit('app.js', importLine, '');
    edit('app.js', 'instrument(express())', 'express()');
    rmSync(join(root, 'metrics/index.js'));
    await apply(planRemove().plan);
    expect(snapshot(root)).toEqual({ ...before, 'app.js': before['app.js']?.replace('755', '644') ?? '' });
  });
});

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function never(): never {
  throw new Error('there is no record');
}
