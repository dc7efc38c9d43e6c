import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PythonParser, pythonParser } from '../../../../src/languages/python/parse.js';
import { splice } from '../../../../src/languages/splice.js';
import { Workspace } from '../../../../src/plan/workspace.js';
import { detectDependencies } from '../../../../src/project/python/dependencies.js';
import { configOf, type GunicornCommand, readGunicornConfig } from '../../../../src/project/python/gunicorn.js';
import { editApp } from '../../../../src/targets/python/flask/edit-app.js';
import { locateFlaskApp } from '../../../../src/targets/python/flask/locate.js';
import { freeMetricsPackage } from '../../../../src/targets/python/metrics-package.js';
import { loadFixtures } from '../../../support/fixture.js';

/** What fixture.json says of a Flask app. */
interface Expected {
  readonly entry: string;
  readonly serves: string;
  readonly workers?: number | null;
  readonly dependencies: string;
  readonly tool: string;
  readonly config: string;
  readonly package: string;
  readonly import: string;
}

function servingOf(workspace: Workspace, parser: PythonParser, command: GunicornCommand | undefined) {
  if (command?.app === undefined) throw new Error('no command serves an app');
  const { app, workers } = command;
  const config = configOf(workspace, command);
  const settings = config.state === 'there' ? (workspace.read(config.path) ?? '') : '';
  return {
    serves: `${app.module}:${app.name}`,
    workers: workers ?? readGunicornConfig(parser.parse(settings)).workers,
    config: 'path' in config ? config.path : config.name,
  };
}

function dependenciesOf(workspace: Workspace) {
  const { chosen, tool } = detectDependencies(workspace);
  return { dependencies: chosen?.path, tool };
}

describe('the fixtures', () => {
  let parser: PythonParser;
  beforeAll(async () => {
    parser = await pythonParser();
  });

  it.each(loadFixtures('flask').map((fixture) => [fixture.name, fixture] as const))('%s', async (_, fixture) => {
    const expected = fixture as unknown as Expected;
    const workspace = new Workspace(realpathSync(fixture.folder));
    const { entry, app, command, code } = locateFlaskApp(workspace, parser, {});
    expect({ entry, ...servingOf(workspace, parser, command), ...dependenciesOf(workspace) }).toEqual({
      entry: expected.entry,
      serves: expected.serves,
      workers: expected.workers ?? undefined,
      config: expected.config,
      dependencies: expected.dependencies,
      tool: expected.tool,
    });

    const text = workspace.read(entry) ?? '';
    const metrics = freeMetricsPackage(workspace, code, entry, parser.parse(text));
    if (metrics === undefined || !('start' in app)) throw new Error('no place for the package');
    const folder = mkdtempSync(join(tmpdir(), 'apm-flask-fixture-'));
    try {
      writeFileSync(join(folder, 'edited.py'), splice(text, editApp(parser, text, app, { module: metrics.module })));
      await execa('python3', ['-m', 'py_compile', join(folder, 'edited.py')], { timeout: 60_000 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    expect([metrics.folder, metrics.module]).toEqual([expected.package, expected.import]);
  });
});
