import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeRepository } from './support/folders.js';
import { addMetrics, bin, environment, run, runJson } from './support/run.js';
import { manifestOf, sampleApp } from './support/sample-app.js';

const answers = {
  appTag: 'shop-api',
  entry: 'app.js',
  workers: 1,
  redis: false,
  metricsPath: '/metrics',
  client: 'prom-client',
};

test('planned, applied, unchanged and removed tell everything that a program needs', async () => {
  const root = makeRepository({ ...sampleApp, 'package-lock.json': '{}' });
  const planned = await runJson(['add', root, '--dry-run']);
  expect(planned.exitCode).toBe(0);
  expect(planned.report).toMatchObject({
    status: 'planned',
    answers,
    facts: {
      framework: 'express',
      frameworkVersion: '^5.0.0',
      packageManager: 'npm',
      lockfile: 'package-lock.json',
      git: true,
      moduleType: 'commonjs',
      typescript: null,
      entry: 'app.js',
      start: 'app.js',
      serving: { by: 'single', workers: 1, file: null },
    },
    manual: [],
    commands: [['npm', 'install']],
  });
  const actions = Object.fromEntries(planned.report.changes.map(({ path, action }) => [path, action]));
  expect(actions).toMatchObject({
    'add-prom-metrics.json': 'create',
    'app.js': 'update',
    'metrics/index.js': 'create',
    'package.json': 'update',
  });
  for (const { path, diff } of planned.report.changes) expect(diff).toContain(`diff --git a/${path} b/${path}\n`);
  expect(planned.report.checklist[0]).toEqual(expect.objectContaining({ id: 'start', command: 'npm start' }));

  const applied = await runJson(['add', root, '--no-install']);
  expect(applied.exitCode).toBe(0);
  // What was not run is a step of the checklist.
  const checklist = [expect.objectContaining({ id: 'install', command: 'npm install' }), ...planned.report.checklist];
  expect(applied.report).toEqual({ ...planned.report, status: 'applied', commands: [], checklist });

  const unchanged = await runJson(['add', root, '--no-install']);
  expect(unchanged.report).toMatchObject({ status: 'unchanged', answers, changes: [], commands: [] });

  const removed = await runJson(['remove', root, '--no-install']);
  expect(removed.exitCode).toBe(0);
  expect(removed.report).toMatchObject({ status: 'removed', answers });
  expect(removed.report.changes.map(({ path }) => path)).toEqual(planned.report.changes.map(({ path }) => path));
});

test('the checklist starts the entry where there is no start script', async () => {
  const { report } = await runJson([
    'add',
    makeRepository({ ...sampleApp, 'package.json': manifestOf({ scripts: {} }) }),
    '--dry-run',
  ]);
  expect(report.checklist[0]?.command).toBe('node app.js');
});

test('the command that repeats a run names the folder as it was given, and does the same again', async () => {
  const root = makeRepository({ 'the app/app.js': sampleApp['app.js'] ?? '', 'the app/package.json': manifestOf({}) });
  const { stdout } = await run(['add', 'the app', '--no-install', '--exclude-path=^/it.s$'], { cwd: root });
  const command = /Repeat it without questions\n {2}npx add-prom-metrics (.*)\n/.exec(stdout)?.[1] ?? '';
  expect(command).toMatch(/^add 'the app' --yes /);
  const again = await execa('sh', ['-c', `"${process.execPath}" "${bin}" ${command} --no-install`], {
    cwd: root,
    env: environment(),
    extendEnv: false,
  });
  expect(again.stdout).toContain('Nothing to do');
});

test('several apps without an answer are refused with the lines to add and the flag to give', async () => {
  const two =
    "const express = require('express');\nconst one = express();\nconst two = express();\none.listen(1);\ntwo.listen(2);\n";
  const root = makeRepository({ ...sampleApp, 'app.js': two });
  const { exitCode, report } = await runJson(['add', root]);
  expect(exitCode).toBe(3);
  expect(report.error?.hint).toContain('--app <name> (one, two)');
  expect(report.manual).toEqual([
    expect.objectContaining({ path: 'app.js', snippet: expect.stringContaining('instrument(express())') }),
  ]);
  await addMetrics(root, '--app', 'two');
  expect(readFileSync(join(root, 'app.js'), 'utf8')).toContain('const two = instrument(express());');
});

test('a compiler of ES5 is told to iterate: loops over Maps are compiled to such over arrays else', async () => {
  const planned = async (options: object) => {
    const root = makeRepository({
      'package.json': manifestOf({ main: 'app.ts', scripts: { start: 'node dist/app.js', build: 'tsc' } }),
      'tsconfig.json': JSON.stringify({ compilerOptions: { outDir: 'dist', module: 'commonjs', ...options } }),
      'app.ts': "import express from 'express';\nconst app = express();\napp.listen(3000);\n",
    });
    const { exitCode, report } = await runJson(['add', root, '--dry-run']);
    expect(exitCode).toBe(0);
    return report.manual;
  };
  const step = expect.objectContaining({ path: 'tsconfig.json', snippet: '"downlevelIteration": true' });
  expect(await planned({ target: 'es5' })).toEqual([step]);
  expect(await planned({ target: 'es5', downlevelIteration: true })).toEqual([]);
});
