import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import { Workspace } from '../../../src/plan/workspace.js';
import { detectDependencies } from '../../../src/project/python/dependencies.js';
import { addPythonDependencies, hasUsableRedis, neededPackages } from '../../../src/targets/python/dependency.js';
import { filesOf } from './files.js';

function plan(texts: Readonly<Record<string, string>>, flavour: 'exporter' | 'client' = 'exporter', redis = false) {
  const root = mkdtempSync(join(tmpdir(), 'apm-python-dependency-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const workspace = new Workspace(root);
  addPythonDependencies(workspace, detectDependencies(workspace), neededPackages(flavour, redis));
  const { drafts, manual } = workspace.planned;
  return { texts: Object.fromEntries([...drafts].map(([path, { text }]) => [path, text])), manual };
}

describe('addPythonDependencies', () => {
  it('adds the client and, where it is wanted, Redis', () => {
    expect(plan({ 'requirements.txt': 'flask\n' }, 'client', true)).toEqual({
      texts: { 'requirements.txt': 'flask\nprometheus-client>=0.16,<1\nredis>=4.5,<9\n' },
      manual: [],
    });
  });

  it('leaves what is there, and refuses what is too old', () => {
    expect(plan({ 'requirements.txt': 'flask\nprometheus_client==0.20.0\n' }, 'client').texts).toEqual({});
    for (const version of ['==0.9.0', '==0.15', '~=0.15.0']) {
      const attempt = () => plan({ 'requirements.txt': `flask\nprometheus_client${version}\n` }, 'client');
      expect(attempt, version).toThrow(RefusedError);
    }
    for (const version of ['', '>=0.9', '~=0.15', '==0.16.0', '<1']) {
      expect(plan({ 'requirements.txt': `flask\nprometheus_client${version}\n` }, 'client').texts, version).toEqual({});
    }
  });

  it('adds to what a list with hashes is made of, and says how to make it', () => {
    const hashed = 'flask==3 \\\n    --hash=sha256:0\n';
    const planned = plan({ 'requirements.txt': hashed, 'requirements.in': 'flask\n' });
    expect(planned.texts).toEqual({ 'requirements.in': 'flask\nprometheus-flask-exporter>=0.23,<0.24\n' });
    expect(planned.manual[0]?.snippet).toContain('--generate-hashes');
    expect(plan({ 'requirements.txt': hashed }).manual[0]?.snippet).toBe('prometheus-flask-exporter>=0.23,<0.24');
  });

  it('wants hashes where a file that is installed with it has them', () => {
    const hashed = 'click==8 \\\n    --hash=sha256:0\n';
    const below = plan({ 'requirements.txt': '-r base.txt\nflask==3\n', 'base.txt': hashed });
    expect([below.texts, below.manual[0]?.path]).toEqual([{}, 'requirements.txt']);
    const above = plan({
      'requirements.txt': `-r requirements/base.txt\n${hashed}`,
      'requirements/base.txt': 'flask\n',
    });
    expect([above.texts, above.manual[0]?.path]).toEqual([{}, 'requirements/base.txt']);
  });

  it('heeds what a file of constraints says', () => {
    const constrained = (text: string) => ({
      'requirements.txt': '-c constraints.txt\nflask\n',
      'constraints.txt': text,
    });
    const line = (text: string) => plan(constrained(text), 'client').texts['requirements.txt']?.split('\n').at(-2);
    expect(line('flask==3.0.0\n')).toBe('prometheus-client>=0.16,<1');
    expect(line('prometheus_client==0.20.0\n')).toBe('prometheus-client');
    expect(() => line('prometheus_client==0.12.0\n')).toThrow(RefusedError);
  });

  it('adds to the extra, or the group, that names Flask', () => {
    const project = '[project]\nname = "shop"\ndependencies = ["requests"]\n\n';
    const extra = `${project}[project.optional-dependencies]\nweb = ["flask"]\n\n[dependency-groups]\ndev = ["prometheus-flask-exporter"]\n`;
    expect(plan({ 'pyproject.toml': extra }).texts['pyproject.toml']).toContain(
      'web = ["flask", "prometheus-flask-exporter>=0.23,<',
    );
    const poetry = '[tool.poetry.group.web.dependencies]\nflask = "^3.0"\n';
    expect(plan({ 'pyproject.toml': poetry }).texts['pyproject.toml']).toBe(
      `${poetry}prometheus-flask-exporter = "^0.23.2"\n`,
    );
  });

  it('adds to every list that the app can be installed from', () => {
    const pipenv = { Pipfile: '[packages]\nflask = "*"\n', 'Pipfile.lock': '{}' };
    const listed = { 'requirements.txt': '-r requirements/prod.txt\n', 'requirements/prod.txt': 'Flask\n' };
    expect(plan({ ...pipenv, ...listed })).toEqual({
      texts: {
        Pipfile: '[packages]\nflask = "*"\nprometheus-flask-exporter = ">=0.23,<0.24"\n',
        'requirements/prod.txt': 'Flask\nprometheus-flask-exporter>=0.23,<0.24\n',
      },
      manual: [],
    });
    const exported = '# This file was autogenerated by uv via the following command:\n#    uv export\nflask==3.0.0\n';
    const project = '[project]\nname = "shop"\nversion = "1"\ndependencies = [\n  "flask==3.0.0",\n]\n';
    const { texts } = plan({ 'pyproject.toml': project, 'requirements.txt': exported });
    expect(Object.keys(texts).sort()).toEqual(['pyproject.toml', 'requirements.txt']);
  });

  it('leaves the package to the user where no list can be edited', () => {
    expect(plan({ 'setup.py': 'setup()\n' }).manual[0]).toMatchObject({ path: 'requirements.txt' });
    expect(plan({ Pipfile: '[packages\n' }).manual[0]).toMatchObject({ path: 'Pipfile' });
  });
});

describe('hasUsableRedis', () => {
  it.each([
    ['flask\n', false],
    ['redis\n', true],
    ['redis==3.3.8\n', false],
    ['redis>=3\n', true],
    ['rq\n', true],
    ['redis>=3,<4.5\n', false],
    ['-c c.txt\nredis\n', false],
  ])('%j', (text, expected) => {
    expect(hasUsableRedis(detectDependencies(filesOf({ 'requirements.txt': text, 'c.txt': 'redis==4.1\n' })))).toBe(
      expected,
    );
  });
});
