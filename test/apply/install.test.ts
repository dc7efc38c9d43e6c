import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommands } from '../../src/apply/install.js';
import { CancelledError, InstallError } from '../../src/errors.js';
import type { Command } from '../../src/plan/plan.js';
import { makeFolder } from './scene.js';

let cwd: string;

beforeEach(() => {
  cwd = makeFolder();
});
afterEach(() => rmSync(cwd, { recursive: true }));

const node = (script: string, ...args: string[]): Command => [process.execPath, '-e', script, ...args];

test('runs one after the other, in the directory, without a shell, and passes on what they print', async () => {
  const output = new PassThrough();
  const append = "require('fs').appendFileSync('log', process.argv[1] + ';'); console.log('out'); console.error('err')";
  await runCommands([node(append, '$HOME *'), node(append, 'b')], { cwd, output });
  output.end();
  expect(readFileSync(join(cwd, 'log'), 'utf8')).toBe('$HOME *;b;');
  expect((await text(output)).split('\n').sort()).toEqual(['', 'err', 'err', 'out', 'out']);
});

test('a failure names what is left to run, ready to be pasted', async () => {
  const commands: Command[] = [node('process.exit(7)'), ['npm', 'run', "it's"]];
  const error = await runCommands(commands, { cwd, output: new PassThrough().resume() }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InstallError);
  expect(error).toHaveProperty('message', expect.stringContaining('exit code 7'));
  expect(error).toHaveProperty(
    'hint',
    expect.stringMatching(/^Run it yourself: cd \S+ && \S+ -e 'process.exit\(7\)' && npm run 'it'\\''s'$/),
  );
});

test('a program that is not there is an install error', async () => {
  const error = await runCommands([['no-such-manager', 'install']], { cwd, output: new PassThrough() }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InstallError);
  expect(error).toHaveProperty('message', expect.stringContaining('no-such-manager is not installed'));
});

test('Ctrl-C ends the running command and starts no other', async () => {
  const controller = new AbortController();
  const output = new PassThrough();
  output.on('data', () => controller.abort());
  const wait = "console.log(process.pid); setTimeout(() => require('fs').writeFileSync('late', ''), 3000)";
  const start = Date.now();
  await expect(runCommands([node(wait), node(wait)], { cwd, output, signal: controller.signal })).rejects.toThrow(
    CancelledError,
  );
  expect(Date.now() - start).toBeLessThan(2900);
  await expect(runCommands([node(wait)], { cwd, output, signal: controller.signal })).rejects.toThrow(CancelledError);
});
