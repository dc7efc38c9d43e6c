import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { gitStatus, makeRepository, type Texts } from '../../cli/support/folders.js';
import { runJson } from '../../cli/support/run.js';
import { pythonEnvironment } from '../../support/python-env.js';

const app = 'from flask import Flask\n\napp = Flask(__name__)\n';
const inPackage: Texts = { 'shop/__init__.py': '', 'shop/app.py': app, Procfile: 'web: gunicorn shop.app:app\n' };
const project = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n';
const options = ['--yes', '--no-install', '--force'];

async function add(files: Texts) {
  const root = makeRepository(files);
  const { exitCode, report } = await runJson(['add', root, ...options]);
  expect(exitCode).toBe(0);
  return { root, report };
}

/** What setuptools itself would pack. */
async function packed(root: string): Promise<unknown> {
  const program =
    'import json; from setuptools import Distribution; d = Distribution(); d.parse_config_files(); d.set_defaults(); ' +
    'print(json.dumps([sorted(d.packages or []), sorted(d.py_modules or [])]))';
  const python = join(await pythonEnvironment('old'), 'python');
  const { stdout } = await execa(python, ['-c', program], { cwd: root, timeout: 60_000 });
  return JSON.parse(stdout);
}

describe('what setuptools packs has the metrics, and nothing else that is new', () => {
  it.each<[string, Texts, unknown]>([
    [
      'the only package, found by itself',
      { ...inPackage, 'tests/test_a.py': '', 'pyproject.toml': project },
      [['shop', 'shop.metrics'], []],
    ],
    [
      'the only module, found by itself',
      { 'app.py': app, 'pyproject.toml': `[build-system]\nbuild-backend = "setuptools.build_meta"\n\n${project}` },
      [['metrics'], ['app']],
    ],
    [
      'a list of packages',
      { ...inPackage, 'pyproject.toml': `${project}\n[tool.setuptools]\npackages = ["shop"]\n` },
      [['shop', 'shop.metrics'], []],
    ],
    [
      'packages that are included by name',
      { ...inPackage, 'pyproject.toml': `${project}\n[tool.setuptools.packages.find]\ninclude = ["other*", "shop"]\n` },
      [['shop', 'shop.metrics'], []],
    ],
  ])('%s', async (_, files, expected) => {
    const { root, report } = await add(files);
    expect([report.manual, await packed(root)]).toEqual([[], expected]);
    expect((await runJson(['add', root, ...options])).report.status).toBe('unchanged');
    expect((await runJson(['remove', root, ...options])).exitCode).toBe(0);
    expect(gitStatus(root)).toBe('');
  });

  it.each<[string, Texts, string]>([
    [
      'setup.py',
      { 'setup.py': 'from setuptools import setup\nsetup(name="shop", packages=["shop"])\n' },
      '"shop.metrics"',
    ],
    ['setup.cfg', { 'setup.cfg': '[options]\npackages =\n    shop\n' }, '"shop.metrics"'],
    [
      'setup.py',
      { 'setup.py': 'import setuptools\nsetuptools.setup(name="shop")\n' },
      'packages=setuptools.find_packages(include=["shop*"])',
    ],
  ])('is left to the user in %s: %j', async (path, files, snippet) => {
    const { report } = await add({ ...inPackage, 'requirements.txt': 'flask\n', ...files });
    expect(report.manual).toMatchObject([{ path, snippet }]);
  });

  it.each<[string, Texts]>([
    ['another tool packs', { 'pyproject.toml': `[build-system]\nbuild-backend = "hatchling.build"\n\n${project}` }],
    ...['pdm]\ndistribution = false', 'uv]\npackage = false', 'poetry]\npackage-mode = false'].map(
      (said): [string, Texts] => [
        `it says that it is no package: ${said}`,
        { 'pyproject.toml': `${project}\n[tool.${said}\n` },
      ],
    ),
    ['everything is searched', { 'setup.py': 'setup(packages=find_packages())\n', 'requirements.txt': 'flask\n' }],
    ['it is below src', { 'src/x/__init__.py': '', 'pyproject.toml': project }],
    ['it could not be packed before', { 'other/__init__.py': '', 'pyproject.toml': project }],
  ])('is left as it is where %s', async (_, files) => {
    const { root, report } = await add({ ...inPackage, ...files });
    expect(report.manual).toEqual([]);
    for (const path of Object.keys(files).filter((name) => name.startsWith('pyproject')))
      expect(readFileSync(join(root, path), 'utf8')).not.toContain('tool.setuptools');
  });
});
