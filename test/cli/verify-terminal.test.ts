import { expect, test } from 'vitest';
import { startServed } from '../checks/support/measure.js';
import { makeFolder } from './support/folders.js';
import { controlC, runInTerminal } from './support/terminal.js';

const env = { PATH: '/nowhere' };

test('another machine is loaded only when somebody says yes', async () => {
  const url = 'http://192.0.2.1/metrics';
  const question = { wait: 'is not this machine. Send it some thousand requests?', send: 'n\r' };
  const { exitCode, output } = await runInTerminal(['verify', '--url', url], [question], { cwd: makeFolder(), env });
  expect(exitCode).toBe(130);
  expect(output).not.toContain('Checking');
});

test('a terminal sees which check is being run, and Ctrl-C ends it', async () => {
  const app = await startServed('right.js');
  try {
    const url = `http://127.0.0.1:${app.port}/metrics`;
    const steps = [{ wait: 'No counter falls under load', send: controlC }];
    const { exitCode, output } = await runInTerminal(['verify', '--url', url], steps, { cwd: makeFolder(), env });
    expect(exitCode, output).toBe(130);
    expect(output).toMatch(/pass {2}exact/);
    expect(output).toContain('Cancelled.');
  } finally {
    await app.stop();
  }
});
