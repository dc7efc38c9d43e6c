import { describe, expect, it } from 'vitest';
import {
  addDependency,
  optionalName,
  pipfileDependencies,
  pyprojectTables,
  pyprojectTools,
} from '../../src/languages/pyproject.js';
import { splice } from '../../src/languages/splice.js';

const range = { least: '0.20', below: '1', pinned: '0.23.2' };

function add(text: string, read = (pyproject: string) => pyprojectTables(pyproject)[0]): string | undefined {
  const table = read(text);
  const edits = table && addDependency(text, table, 'prometheus-flask-exporter', range);
  return edits && splice(text, edits);
}

describe('addDependency', () => {
  it.each([
    ['PEP 621', '[project]\ndependencies = [\n  "flask>=3",\n]\n', '  "prometheus-flask-exporter>=0.20,<1",'],
    [
      'PEP 621, pinned',
      '[project]\ndependencies = ["Flask==3.0", "gunicorn==21"]\n',
      '"prometheus-flask-exporter==0.23.2"]',
    ],
    ['Poetry 2', '[project]\ndependencies = ["flask (>=3.0,<4.0)"]\n', '"prometheus-flask-exporter (>=0.20,<1)"]'],
    [
      'Poetry',
      '[tool.poetry.dependencies]\npython = "^3.11"\nflask = "^3.0"\ngunicorn = {version = "^21", extras = ["x"]}\n',
      'prometheus-flask-exporter = "^0.23.2"',
    ],
    [
      'Poetry, exact',
      "[tool.poetry.dependencies]\npython = '^3.11'\nflask = '3.0'\n",
      "prometheus-flask-exporter = '0.23.2'",
    ],
    [
      'Poetry, any',
      '[tool.poetry.dependencies]\npython = "*"\nflask = "*"\nredis = ">=4"\n',
      'prometheus-flask-exporter = ">=0.20,<1"',
    ],
  ])('%s', (_, text, line) => {
    const after = add(text) ?? '';
    expect(after).toContain(line);
    expect(add(after)).toBe(after);
  });

  it.each([
    ['any', '[packages]\nflask = "*"\n', '[packages]\nflask = "*"\nprometheus-flask-exporter = ">=0.20,<1"\n'],
    [
      'pinned',
      '[packages]\nflask = "==3.0"\n',
      '[packages]\nflask = "==3.0"\nprometheus-flask-exporter = "==0.23.2"\n',
    ],
    [
      'one that is there',
      '[packages]\nprometheus_flask_exporter = "*"\n',
      '[packages]\nprometheus_flask_exporter = "*"\n',
    ],
  ])('a Pipfile: %s', (_, text, expected) => {
    expect(add(text, pipfileDependencies)).toBe(expected);
  });

  it('has no table where a file lists nothing', () => {
    expect(pyprojectTables('[tool.black]\nline-length = 100\n')).toEqual([]);
    expect(pyprojectTables('[project]\nname = "a"\ndynamic = ["dependencies"]\n')).toEqual([]);
    expect(() => pyprojectTables('[project\n')).toThrow();
  });

  it('finds extras and groups, and adds to them', () => {
    const text = `[project]
dependencies = ["requests"]
[project.optional-dependencies]
web = ["flask>=3", "gunicorn"]
[dependency-groups]
dev = ["pytest", { include-group = "web" }]
[tool.poetry.group.serve.dependencies]
flask = "^3"
`;
    const tables = pyprojectTables(text);
    expect(tables.map((table) => [optionalName(table), [...table.packages.keys()]])).toEqual([
      [undefined, ['requests']],
      [{ kind: 'extra', name: 'web' }, ['flask', 'gunicorn']],
      [{ kind: 'group', name: 'dev' }, ['pytest']],
      [{ kind: 'group', name: 'serve' }, ['flask']],
    ]);
    const lines = tables.map((table) => splice(text, addDependency(text, table, 'redis', range) ?? []));
    expect(lines[1]).toContain('web = ["flask>=3", "gunicorn", "redis>=0.20,<1"]');
    expect(lines[2]).toContain('dev = ["pytest", { include-group = "web" }, "redis>=0.20,<1"]');
    expect(lines[3]).toContain('flask = "^3"\nredis = "^0.23.2"\n');
  });

  it('sees the tools', () => {
    expect(pyprojectTools('[tool.uv]\n[tool.ruff.lint]\nselect = []\n')).toEqual(['uv', 'ruff']);
    expect(pyprojectTools('[tool')).toEqual([]);
  });
});
