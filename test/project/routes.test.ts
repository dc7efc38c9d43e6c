import { describe, expect, test } from 'vitest';
import { findRoute } from '../../src/project/routes.js';

const find = (text: string, path = '/metrics') => findRoute([{ path: 'app.js', text, depth: 0 }], path);

describe('findRoute', () => {
  test.each([
    "app.get('/metrics', handler)",
    'app.get("/metrics", handler)',
    'router.get(`/metrics`, handler)',
    "app.use('/metrics', router)",
    "app.use ( '/metrics/' , router)",
    "app.all('/metrics', x)",
    "app.route('/metrics').get(x)",
    "app.get(\n  '/metrics',\n  x)",
    "@Get('/metrics')",
  ])('sees %s', (text) => {
    expect(find(`// one\n${text}\n`)).toEqual({ path: 'app.js', line: 2 });
  });

  test.each([
    "app.get('/metrics/:id', x)",
    "app.get('/api/metrics', x)",
    "app.post('/metrics', x)",
    "fetch('/metrics')",
    "// the scraper asks for '/metrics'",
    "app.get('/metricsx', x)",
  ])('does not take %s for it', (text) => {
    expect(find(text)).toBeUndefined();
  });

  test('takes the path as text, not as a pattern', () => {
    expect(find("app.get('/a-b', x)", '/a.b')).toBeUndefined();
    expect(find("app.get('/a.b', x)", '/a.b')).toEqual({ path: 'app.js', line: 1 });
  });

  test('names the first file that has it', () => {
    const files = ['one', "app.get('/metrics')", "app.get('/metrics')"].map((text, index) => ({
      path: `${index}.js`,
      text,
      depth: index,
    }));
    expect(findRoute(files, '/metrics')).toEqual({ path: '1.js', line: 1 });
  });
});
