import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gitStatus, makeFolder, makeRepository } from './support/folders.js';
import { addMetrics, pathWith } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { clear, controlC, enter, runInTerminal, type Step } from './support/terminal.js';
import { treeOf } from './support/tree.js';

const questions = ['Application tag', 'Entry file', 'Number of worker processes', 'Is Redis available', 'Scrape path'];
const confirmation = 'Write these changes?';
const accept = (texts: readonly string[]): Step[] => texts.map((wait) => ({ wait, send: enter }));

/** The same repository again afterwards, and no lock or journal left. */
function expectUntouched(root: string, before: Record<string, string>): void {
  expect(treeOf(root)).toEqual(before);
  expect(gitStatus(root)).toBe('');
  expect(existsSync(join(root, '.git/add-prom-metrics'))).toBe(false);
}

describe('the wizard', () => {
  test('Enter at each question writes the defaults, after showing the diff', async () => {
    const root = makeRepository(sampleApp);
    const steps = accept([...questions, confirmation]);
    const { exitCode, output } = await runInTerminal(['add', '--no-install'], steps, { cwd: root });
    expect(exitCode, output).toBe(0);
    expect(output).toContain('+const app = instrument(express());');
    expect(output.indexOf('+const app')).toBeLessThan(output.indexOf(confirmation));
    expect(output).toContain('npx add-prom-metrics add --yes --app-tag shop-api --entry app.js --workers 1');
    expect(readFileSync(join(root, 'app.js'), 'utf8')).toContain('instrument(express())');
  });

  test('asks which app serves where a file creates several', async () => {
    const two = "const express = require('express');\nconst api = express();\nconst admin = express();\n";
    const root = makeRepository({ ...sampleApp, 'app.js': `${two}api.listen(3000);\nadmin.listen(3001);\n` });
    const down = '\u001b[B';
    const steps: Step[] = [
      { wait: 'Which app serves?', send: `${down}${enter}` },
      ...accept([...questions, confirmation]),
    ];
    const { exitCode, output } = await runInTerminal(['add', '--no-install'], steps, { cwd: root });
    expect(exitCode, output).toBe(0);
    expect(readFileSync(join(root, 'app.js'), 'utf8')).toContain('const admin = instrument(express());');
    expect(output).toContain('--app admin');
  });

  test('explains wrong answers and takes the right ones', async () => {
    const root = makeRepository({ ...sampleApp, 'server.js': sampleApp['app.js'] ?? '', 'src/x.js': '' });
    const steps: Step[] = [
      { wait: 'Application tag', send: `${clear}Shop{}${enter}` },
      { wait: 'It must be 1 to 63 lower-case letters', send: `${clear}shop${enter}` },
      { wait: 'Entry file', send: `${clear}gone.js${enter}` },
      { wait: 'There is no file gone.js here.', send: `${clear}../app.js${enter}` },
      { wait: 'lies outside the target directory', send: `${clear}src${enter}` },
      { wait: 'is a directory, not a file', send: `${clear}src/x.js${enter}` },
      { wait: 'No call of express() was found', send: `${clear}server.js${enter}` },
      { wait: 'Number of worker processes', send: `${clear}5000${enter}` },
      { wait: 'It must be a whole number from 1 to 1024.', send: `${clear}4${enter}` },
      { wait: 'Is Redis available', send: `y${enter}` },
      { wait: 'Scrape path', send: `${clear}metrics${enter}` },
      { wait: 'It must begin with "/"', send: `${clear}/${enter}` },
      { wait: 'It must begin with "/"', send: `${clear}/prom${enter}` },
      { wait: confirmation, send: enter },
    ];
    const { exitCode, output } = await runInTerminal(['add', '--no-install'], steps, { cwd: root });
    expect(exitCode, output).toBe(0);
    const { answers } = JSON.parse(readFileSync(join(root, 'add-prom-metrics.json'), 'utf8'));
    expect(answers).toMatchObject({
      appTag: 'shop',
      entry: 'server.js',
      workers: 4,
      redis: true,
      metricsPath: '/prom',
    });
  });

  test('asks for the entry where none was found', async () => {
    const root = makeRepository({ ...sampleApp, 'app.js': '', 'tools/web.js': sampleApp['app.js'] ?? '' });
    const steps: Step[] = [
      { wait: 'Application tag', send: enter },
      { wait: 'Entry file', send: `tools/web.js${enter}` },
      ...accept([...questions.slice(2), confirmation]),
    ];
    const { exitCode, output } = await runInTerminal(['add', '--no-install'], steps, { cwd: root });
    expect(exitCode, output).toBe(0);
    expect(treeOf(root)).toHaveProperty('tools/metrics/index.js');
  });

  test('asks nothing that a flag, or an earlier run, has answered', async () => {
    const root = makeRepository(sampleApp);
    await addMetrics(root);
    const { exitCode, output } = await runInTerminal(
      ['add', '--no-install', '--app-tag', 'x'],
      accept([confirmation]),
      { cwd: root },
    );
    expect(exitCode, output).toBe(0);
    for (const question of questions) expect(output).not.toContain(question);
  });

  test('refuses uncommitted changes before the first question', async () => {
    const root = makeRepository(sampleApp);
    writeFileSync(join(root, 'notes.txt'), '');
    const { exitCode, output } = await runInTerminal(['add'], [], { cwd: root });
    expect(exitCode).toBe(3);
    expect(output).toContain('There are uncommitted changes: notes.txt.');
    expect(output).not.toContain('Application tag');
  });

  test.each([
    ['CI', [], { CI: 'true' }],
    ['--yes', ['--yes'], {}],
    ['--json', ['--json'], {}],
  ])('%s asks nothing on a terminal either', async (_, flags, env) => {
    const root = makeRepository(sampleApp);
    const { exitCode, output } = await runInTerminal(['add', '--no-install', ...flags], [], { cwd: root, env });
    expect(exitCode, output).toBe(0);
    expect(output).not.toMatch(/Application tag|Write these/);
  });

  test('remove asks before it takes back', async () => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    await addMetrics(root);
    const added = treeOf(root);
    const no = await runInTerminal(
      ['remove', '--no-install'],
      [{ wait: 'Take these changes back?', send: `n${enter}` }],
      { cwd: root },
    );
    expect(no.exitCode).toBe(130);
    expect(treeOf(root)).toEqual(added);
    const yes = await runInTerminal(['remove', '--no-install'], accept(['Take these changes back?']), { cwd: root });
    expect(yes.exitCode, yes.output).toBe(0);
    expectUntouched(root, before);
  });
});

describe('cancelling leaves the repository as it was', () => {
  const places = [...questions, confirmation];

  test.each(places.map((place, index) => [place, index] as const))('Ctrl-C at "%s"', async (place, index) => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    const steps = [...accept(places.slice(0, index)), { wait: place, send: controlC }];
    const { exitCode, output } = await runInTerminal(['add', '--no-install'], steps, { cwd: root });
    expect(exitCode, output).toBe(130);
    expect(output).toContain('Nothing was changed.');
    expectUntouched(root, before);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s at a question', async (signal) => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    const { exitCode } = await runInTerminal(['add'], [{ wait: 'Application tag', signal }], { cwd: root });
    expect(exitCode).toBe(130);
    expectUntouched(root, before);
  });

  test('"n" at the confirmation', async () => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    const steps = [...accept(questions), { wait: confirmation, send: `n${enter}` }];
    const { exitCode } = await runInTerminal(['add', '--no-install'], steps, { cwd: root });
    expect(exitCode).toBe(130);
    expectUntouched(root, before);
  });

  const slow = `#!/bin/sh
echo '{ "half": true' > package-lock.json
echo installing
exec sleep 30
`;
  test.each<[string, Step, Record<string, string>]>([
    ['Ctrl-C', { wait: 'installing', send: controlC }, {}],
    [
      'Ctrl-C, with a lockfile',
      { wait: 'installing', send: controlC },
      { 'package-lock.json': '{ "lockfileVersion": 3 }\n' },
    ],
    ['SIGTERM', { wait: 'installing', signal: 'SIGTERM' }, {}],
    [
      'SIGTERM, with a lockfile',
      { wait: 'installing', signal: 'SIGTERM' },
      { 'package-lock.json': '{ "lockfileVersion": 3 }\n' },
    ],
  ])('%s during the install', async (_, step, files) => {
    const programs = makeFolder({ npm: slow });
    chmodSync(join(programs, 'npm'), 0o755);
    const root = makeRepository({ ...sampleApp, ...files });
    const before = treeOf(root);
    const options = { cwd: root, env: { PATH: pathWith(programs) } };
    const { exitCode, output } = await runInTerminal(['add', '--yes'], [step], options);
    expect(exitCode, output).toBe(130);
    expectUntouched(root, before);
  });
});
