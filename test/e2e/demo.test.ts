import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const demo = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));

test('the demo: 4 workers count what was sent, also after one was killed, and everything is taken back', async () => {
  const { stdout } = await execa('node', [demo], { timeout: 170_000 });
  expect(stdout).toContain('sent 100 requests; in 20 scrapes http_requests_total says 100\n');
  expect(stdout).toContain('sent 200 requests; in 20 scrapes http_requests_total says 200\n');
  expect(stdout).toMatch(/pass {2}worker-death .*no counter fell/);
  expect(stdout).toContain('Nothing failed.');
  expect(stdout).toContain('Nothing differs from the app as it was.');
}, 180_000);
