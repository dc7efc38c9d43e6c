import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { gunicornEdits } from '../../../src/targets/python/generate.js';
import { createService, type ServiceOptions } from './support.js';

describe.concurrent('the generated Python', () => {
  test.for<ServiceOptions>([
    { flavour: 'client', environment: 'new' },
    { flavour: 'exporter', environment: 'new', answers: { redis: true, metricsPort: 9100, buckets: [1] } },
    {
      flavour: 'exporter',
      environment: 'new',
      surroundings: { extension: 'restful', workers: 4 },
      answers: { excludePaths: ['^/health$'], prefix: 'shop_' },
    },
    { flavour: 'exporter', environment: 'new', surroundings: { extension: 'connexion', eol: '\r\n' } },
  ])('is clean to linters, and Python 3.8: %o', async (options, context) => {
    const service = await createService(context, options);
    const files = ['metrics', 'gunicorn.conf.py'];
    // Our own header would silence them.
    await service.run('python', ['-c', withoutHeaders]);
    await service.run('flake8', ['--max-line-length', '120', '--extend-ignore', 'E203,W503', ...files]);
    const rules = ['--isolated', '--no-cache', '--select', 'E,F,I,UP,B,SIM,C4', '--line-length', '120'];
    await service.run('ruff', ['check', '--target-version', 'py38', ...rules, ...files]);
    await service.run('ruff', ['format', '--check', '--isolated', '--no-cache', '--line-length', '120', 'metrics']);
    await service.run('flake8', ['gunicorn.conf.py']);
    await service.run('ruff', ['format', '--check', '--isolated', '--no-cache', 'gunicorn.conf.py']);
    const settings = await readFile(path.join(service.folder, 'metrics', 'settings.py'), 'utf8');
    expect(settings.includes('\r\n')).toBe(options.surroundings?.eol === '\r\n');
  });

  test('tells who made it, and keeps linters away', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    const text = await readFile(path.join(service.folder, 'metrics', 'wiring.py'), 'utf8');
    expect(text).toMatch(/^# Made by add-prom-metrics \S+, sha256 [0-9a-f]{16}: puts the metrics into an app\n/);
    for (const words of ['ruff: noqa', 'flake8: noqa', 'pylint: skip-file', 'type: ignore'])
      expect(text).toContain(words);
    const own = await readFile(path.join(service.folder, 'gunicorn.conf.py'), 'utf8');
    expect(own).not.toContain('noqa');
  });

  test('what a user typed stays a text', async (context) => {
    const answers = { excludePaths: ['"""\n\'; import os\r\\', 'x'] };
    const service = await createService(context, { flavour: 'client', environment: 'new', answers });
    const show = 'import json; from metrics.settings import EXCLUDED_PATHS; print(json.dumps(EXCLUDED_PATHS))';
    expect(JSON.parse(await service.run('python', ['-c', show]))).toEqual(answers.excludePaths);
  });

  test('a scrape reads the files that the hooks take for the client’s, and no others', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    const patterns = ['exposition.py', 'gunicorn_hooks.py'].map(
      async (name) => /^_FILE = .*$/m.exec(await readFile(path.join(service.folder, 'metrics', name), 'utf8'))?.[0],
    );
    const [read, taken] = await Promise.all(patterns);
    expect(read).toMatch(/^_FILE = re\.compile\(r".+"\)$/);
    expect(taken).toBe(read);
  });

  test('what goes into an existing configuration is found from its place', () => {
    expect(gunicornEdits('deploy/conf/gunicorn.py', 'src/shop/metrics').head).toContain(
      '"../../src/shop/metrics/gunicorn_hooks.py"',
    );
    expect(gunicornEdits('gunicorn.conf.py', 'metrics').head).toContain('"metrics/gunicorn_hooks.py"');
  });
});

const withoutHeaders = `
import glob
for name in glob.glob("metrics/*.py"):
    with open(name, newline="") as file:
        lines = file.read().splitlines(keepends=True)
    assert lines[0].startswith("# Made by"), name
    with open(name, "w", newline="") as file:
        file.writelines(lines[8:])
`;
