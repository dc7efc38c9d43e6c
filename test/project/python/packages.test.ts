import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { detectDependencies } from '../../../src/project/python/dependencies.js';
import { pythonPackages } from '../../../src/project/python/packages.js';
import { makeFolder, type Texts, writeFiles } from '../../cli/support/folders.js';
import { pathWith, runJson } from '../../cli/support/run.js';
import { pythonEnvironment } from '../../support/python-env.js';
import { filesOf } from '../../targets/python/files.js';

const poetry = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\nflask = "^3.0"\n';
const project = '[project]\nname = "shop"\ndependencies = ["flask"]\n';

function packages(texts: Texts, root = '/nowhere', environment = {}) {
  const files = filesOf(texts);
  return pythonPackages(detectDependencies(files), files, root, environment);
}

/** A folder that looks like a virtual environment. */
function environmentIn(root: string, name: string, programs: readonly string[]): void {
  mkdirSync(join(root, name, 'bin'), { recursive: true });
  writeFileSync(join(root, name, 'pyvenv.cfg'), 'home = /usr/bin\n');
  for (const program of programs) writeFileSync(join(root, name, 'bin', program), '');
}

describe('the packages of a Python project', () => {
  it.each([
    [{ 'pyproject.toml': project, 'uv.lock': '' }, [['uv', 'sync', '--inexact']], [['uv', 'lock']]],
    [
      { 'pyproject.toml': poetry, 'poetry.lock': '[metadata]\nlock-version = "2.1"\n' },
      [
        ['poetry', 'lock'],
        ['poetry', 'install', '--no-root'],
      ],
      [['poetry', 'lock']],
    ],
    [
      { 'pyproject.toml': poetry, 'poetry.lock': '[metadata]\nlock-version = "2.0"\n' },
      [
        ['poetry', 'lock', '--no-update'],
        ['poetry', 'install', '--no-root'],
      ],
      [['poetry', 'lock', '--no-update']],
    ],
    [{ Pipfile: '[packages]\nflask = "*"\n', 'Pipfile.lock': '{}' }, [['pipenv', 'install']], [['pipenv', 'lock']]],
    [{ 'pyproject.toml': project, 'pdm.lock': '' }, [['pdm', 'install']], [['pdm', 'lock', '--update-reuse']]],
    [{ 'requirements.txt': 'flask\n' }, [], []],
  ])('%s', (texts: Texts, install, lock) => {
    expect(packages(texts)).toMatchObject({ install, lock });
  });

  it('with pipenv are those that are added: a lock would bring all others up to date', () => {
    const pipfile = '[packages]\nflask = "*"\n';
    const found = packages({ Pipfile: pipfile, 'Pipfile.lock': '{}' });
    const planned = (text: string) => found.whenPlanned?.(filesOf({ Pipfile: text }));
    const upgrade = ['pipenv', 'upgrade', '--lock-only', 'redis>=4.5,<9'];
    expect(planned(`${pipfile}redis = ">=4.5,<9"\n`)).toMatchObject({
      install: [upgrade, ['pipenv', 'sync']],
      lock: [upgrade],
    });
    expect(planned(pipfile)?.install).toEqual([['pipenv', 'install']]);
    expect(packages({ Pipfile: pipfile }).whenPlanned).toBeUndefined();
  });

  it('with pip go into the environment of the target, or the active one, when it has a pip', () => {
    const root = makeFolder();
    const other = makeFolder();
    const requirements = { 'requirements/prod.txt': 'flask\n', 'requirements.txt': '-r requirements/prod.txt\n' };
    const install = ['-m', 'pip', 'install', '-r', 'requirements/prod.txt'];
    environmentIn(root, '.venv', ['python']);
    expect(packages(requirements, root).install).toEqual([]);
    environmentIn(root, '.venv', ['pip']);
    expect(packages(requirements, root).install).toEqual([['.venv/bin/python', ...install]]);
    environmentIn(other, 'active', ['python', 'pip']);
    const active = { VIRTUAL_ENV: join(other, 'active') };
    expect(packages(requirements, root, active).install).toEqual([[join(other, 'active/bin/python'), ...install]]);
    expect(packages(requirements, root, { VIRTUAL_ENV: join(other, 'gone') }).install).toHaveLength(1);
    // Whether the project itself is to be installed, nobody said.
    expect(packages({ 'pyproject.toml': project }, root).install).toEqual([]);
  });
});

describe('add', () => {
  const app = {
    'app.py': 'from flask import Flask\n\napp = Flask(__name__)\n',
    'requirements.txt': 'flask>=3\n# a line that pip takes and no parser of ours knows\n--prefer-binary\n',
  };

  it('installs with pip into the environment that is there', async () => {
    const root = makeFolder(app);
    await execa('python3', ['-m', 'venv', join(root, '.venv')], { timeout: 120_000 });
    const { exitCode, report, stderr } = await runJson(['add', root, '--yes'], { env: { VIRTUAL_ENV: '' } });
    expect(exitCode, stderr).toBe(0);
    expect(report.commands).toEqual([['.venv/bin/python', '-m', 'pip', 'install', '-r', 'requirements.txt']]);
    expect(report.checklist.map(({ id }) => id)).not.toContain('install');
    const names = [
      '-c',
      'import flask, prometheus_flask_exporter, app; print(sorted(r.rule for r in app.app.url_map.iter_rules()))',
    ];
    const { stdout } = await execa(join(root, '.venv/bin/python'), names, { cwd: root, timeout: 60_000 });
    expect(stdout).toContain('/static');
  });

  it('installs with uv, and leaves what else is in the environment and in the lockfile', async () => {
    const bin = await pythonEnvironment('uv');
    const listed = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\n';
    const pyproject = (click: string) =>
      `${listed}dependencies = ["flask", "click${click}"]\n[project.optional-dependencies]\nmail = ["idna==3.4"]\n`;
    const root = makeFolder({ 'app.py': app['app.py'], 'pyproject.toml': pyproject('==8.1.3') });
    const env = { PATH: pathWith(bin), VIRTUAL_ENV: '' };
    const uv = (...args: string[]) => execa('uv', args, { cwd: root, env, timeout: 120_000 });
    await uv('lock');
    writeFiles(root, { 'pyproject.toml': pyproject('') });
    await uv('sync', '--extra', 'mail');
    const { exitCode, report, stderr } = await runJson(['add', root, '--yes', '--client', 'prometheus_client'], {
      env,
    });
    expect(exitCode, stderr).toBe(0);
    expect(report.commands).toEqual([['uv', 'sync', '--inexact']]);
    const { stdout } = await uv('pip', 'list');
    expect(stdout).toMatch(/^prometheus-client /m);
    expect(stdout).toMatch(/^idna +3\.4$/m);
    expect(stdout).toMatch(/^click +8\.1\.3$/m);
  });

  it('needs no Python: without an environment the command is printed', async () => {
    const root = makeFolder(app);
    const empty = makeFolder();
    const { exitCode, report } = await runJson(['add', root, '--yes'], { env: { PATH: empty, VIRTUAL_ENV: '' } });
    expect([exitCode, report.status, report.commands]).toEqual([0, 'applied', []]);
    const [install] = report.checklist;
    expect(install).toMatchObject({ id: 'install', command: 'pip install -r requirements.txt' });
    expect(existsSync(join(root, 'metrics/exporter.py'))).toBe(true);
  });

  it('says what to run when the tool that keeps the environment is not installed', async () => {
    const root = makeFolder({ 'app.py': app['app.py'], 'pyproject.toml': project, 'uv.lock': '' });
    const { exitCode, report } = await runJson(['add', root, '--yes'], { env: { PATH: makeFolder() } });
    expect([exitCode, report.status, report.error?.code]).toEqual([5, 'applied', 'install-failed']);
    expect(report.error?.message).toContain('uv sync --inexact failed: uv is not installed');
    expect(report.error?.hint).toContain('uv sync');
    expect(existsSync(join(root, 'metrics/exporter.py'))).toBe(true);
  });
});
