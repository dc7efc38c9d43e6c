import { afterEach, describe, expect, test, vi } from 'vitest';
import { isInner, secret } from '../../src/checks/secret.js';
import type { Service } from '../../src/checks/service.js';
import { measure, saidBy, startServed } from './support/measure.js';

afterEach(() => void vi.unstubAllEnvs());

describe('a token', () => {
  test.each([
    ['with-token.js', /^pass: without a token it answers 401/],
    ['ignores-token.js', /^fail: without a token it answers 200, although METRICS_TOKEN is set here/],
  ])('%s', async (file, says) => {
    vi.stubEnv('METRICS_TOKEN', 'sesame');
    const app = await startServed(file, { METRICS_TOKEN: 'sesame' });
    try {
      const results = await measure(app.port, { token: 'sesame', only: ['exposed', 'secret'] });
      expect(saidBy(results, 'exposed')).toMatch(/^pass/);
      expect(saidBy(results, 'secret')).toMatch(says);
    } finally {
      await app.stop();
    }
  });

  test('that is missing is named by exposed', async () => {
    const app = await startServed('with-token.js', { METRICS_TOKEN: 'sesame' });
    try {
      const results = await measure(app.port, { token: 'wrong', only: ['exposed'] });
      expect(saidBy(results, 'exposed')).toMatch(/answers 401 → .*METRICS_TOKEN/);
    } finally {
      await app.stop();
    }
  });
});

describe('a public address', () => {
  test('is warned of when the endpoint answers anybody', async () => {
    const answer = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'up 1\n', seconds: 0 };
    const service = { url: new URL('http://203.0.113.5/metrics'), client: { fetchMetrics: async () => answer } };
    const finding = await secret.run(service as unknown as Service);
    expect(finding).toMatchObject({ status: 'warn', measured: expect.stringContaining('203.0.113.5') });
  });

  test.each(['127.0.0.1', '10.1.2.3', '172.20.0.1', '192.168.1.1', '100.64.1.1', '::1', 'fd00::1', 'fe80::1'])(
    '%s is none',
    (address) => {
      expect(isInner(address)).toBe(true);
    },
  );

  test.each(['203.0.113.5', '172.32.0.1', '8.8.8.8', '2001:db8::1'])('%s is one', (address) => {
    expect(isInner(address)).toBe(false);
  });
});
