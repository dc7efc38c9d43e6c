import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { freePort } from '../../support/free-port.js';
import { pythonEnvironment } from '../../support/python-env.js';

// What docs/flask.md says of the guides is what its own commands print.
test('every command in the documentation prints what stands behind it', async ({ onTestFinished }) => {
  const text = await readFile(new URL('../../../docs/flask.md', import.meta.url), 'utf8');
  const [prelude = '', ...blocks] = Array.from(text.matchAll(/```sh\n(.*?)```/gs), ([, block = '']) => block);
  expect(blocks.length).toBeGreaterThanOrEqual(16);
  const folder = await mkdtemp(path.join(tmpdir(), 'flask-docs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // The versions that the documentation names are those of the environment.
  await symlink(path.dirname(await pythonEnvironment('new')), path.join(folder, 'venv'));
  const port = String(await freePort());
  const run = (script: string) =>
    execa('bash', ['-c', script], { cwd: folder, timeout: 60_000, env: { HOME: folder } });
  await run(prelude.replace(/^.*pip install.*\n/, ''));
  const py = prelude.slice(prelude.indexOf('py() {'));
  for (const block of blocks) {
    const lines = block.trimEnd().split('\n');
    const expected = lines.filter((line) => line.startsWith('#> ')).map((line) => line.slice(3));
    const { stdout } = await run(`${py}\n${block.replaceAll('8765', port)}`);
    expect(stdout.trimEnd(), block).toBe(expected.join('\n'));
  }
});
