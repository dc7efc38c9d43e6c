import { describe, expect, it } from 'vitest';
import { makeFolder, type Texts } from '../cli/support/folders.js';
import { run, runJson } from '../cli/support/run.js';

const flask: Texts = {
  'requirements.txt': 'flask==3.0.0\ngunicorn\n',
  'app.py': 'from flask import Flask\n\napp = Flask(__name__)\n',
};
const express: Texts = {
  'package.json': '{"name":"shop","main":"server.js","dependencies":{"express":"^5.0.0"}}\n',
  'server.js': `const express = require('express');\n\nconst app = express();\napp.listen(3000);\n`,
};
const frontend = '{"name":"frontend","dependencies":{"react":"^19.0.0","vite":"^7.0.0"}}\n';
const scratch = { 'tools/mock.py': flask['app.py'] ?? '' };

describe('the target of a folder', () => {
  it.each([
    ['Flask beside a package.json of a frontend', { ...flask, 'package.json': frontend }, [], 'app.py'],
    ['Express beside a script that happens to use Flask', { ...express, ...scratch }, [], 'server.js'],
    [
      'Flask beside an Express that no file creates an app of',
      { ...flask, 'package.json': express['package.json'] ?? '', 'webpack.config.js': 'module.exports = {};\n' },
      [],
      'app.py',
    ],
    ['of two the one whose entry is named', { ...flask, ...express }, ['--entry', 'app.py'], 'app.py'],
    ['of two the other one', { ...flask, ...express }, ['--entry', 'server.js'], 'server.js'],
    ['of two the one whose client is named', { ...flask, ...express }, ['--client', 'prometheus_client'], 'app.py'],
  ])('%s', async (_, files: Texts, flags, entry) => {
    const { exitCode, report, stderr } = await runJson(['add', makeFolder(files), '--yes', '--no-install', ...flags]);
    expect([exitCode, report.answers['entry']], stderr + JSON.stringify(report.error)).toEqual([0, entry]);
  });

  it('is remembered', async () => {
    const root = makeFolder({ ...flask, ...express });
    expect((await run(['add', root, '--yes', '--no-install', '--entry', 'app.py'])).exitCode).toBe(0);
    const { exitCode, report } = await runJson(['add', root, '--yes', '--no-install']);
    expect([exitCode, report.status]).toEqual([0, 'unchanged']);
    expect((await run(['remove', root, '--yes', '--no-install'])).exitCode).toBe(0);
  });

  it('is not guessed where two serve', async () => {
    const { exitCode, report } = await runJson(['add', makeFolder({ ...flask, ...express }), '--yes']);
    expect([exitCode, report.changes]).toEqual([3, []]);
    expect(report.error?.message).toBe('There is more than one service here: Express in server.js, Flask in app.py.');
    expect(report.error?.hint).toBe('Name the one that is meant: --entry server.js, or --entry app.py.');
  });

  it.each([
    [{}, 2, /^There is no package\.json in .*\. There is no Python service, either\.$/],
    [{ 'requirements.txt': 'django\n', 'manage.py': 'import django\n' }, 3, /^The Python code names no framework/],
    [{ 'package.json': frontend }, 3, /^package\.json names no framework/],
  ])('is told to be missing: %s', async (files: Texts, code, message) => {
    const { exitCode, report } = await runJson(['add', makeFolder(files), '--yes']);
    expect([exitCode, report.error?.message]).toEqual([code, expect.stringMatching(message)]);
  });
});
