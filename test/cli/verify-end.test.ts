import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startService } from '../../src/checks/process/start.js';
import type { StartedService } from '../../src/checks/service.js';
import { openSession } from '../../src/commands/session.js';
import { verify } from '../../src/commands/verify.js';
import { freePort } from '../support/free-port.js';
import { makeFolder } from './support/folders.js';

// As the superuser everything can be ended: what cannot is played.
vi.mock(import('../../src/checks/process/start.js'), () => ({ startService: vi.fn() }));
beforeAll(() => void vi.stubEnv('PATH', '/nowhere'));
afterAll(() => void vi.unstubAllEnvs());

test('a service that cannot be ended costs no result, and is named', async () => {
  const service = {
    pid: 1,
    listensSince: 0,
    log: '/dev/null',
    workers: () => undefined,
    kill() {},
    restart: async () => {},
    stop: () => Promise.reject(new Error('still running after SIGKILL: 4711, 4712')),
    removeLog() {},
  } satisfies StartedService;
  vi.mocked(startService).mockResolvedValue(service);
  const said: string[] = [];
  const session = { ...openSession({ json: false }), note: (text: string) => void said.push(text) };
  // Nobody listens, so that it is soon over.
  const options = { url: `http://127.0.0.1:${await freePort()}/metrics`, start: 'node server.js' };
  expect(await verify(makeFolder(), options, session)).toBe(1);
  const text = said.join('\n');
  expect(text).toContain('The service could not be ended: still running after SIGKILL: 4711, 4712');
  expect(text).toMatch(/fail {2}exact .*nothing listens there/);
  expect(text).toMatch(/These metrics cannot be trusted yet: exposed, exact/);
});
