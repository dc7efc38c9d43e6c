import { describe, expect, test } from 'vitest';
import { samplesOf, sumOf } from '../../support/exposition.js';
import { send } from '../../support/http-client.js';
import { scrape } from '../../support/traffic.js';
import { counted, createService, eventually, get, workersOf } from './support.js';

const flavours = ['client', 'exporter'] as const;

describe.concurrent.each(flavours)('%s: requests', (flavour) => {
  test('answers are what they were, and are counted as the client saw them', async (context) => {
    const service = await createService(context, { flavour, environment: 'new' });
    const app = await service.gunicorn(['-w', '2', '-k', 'gthread', '--threads', '4']);
    await get(app, '/shop/items/1', 3);
    expect((await send(app, { method: 'GET', path: '/', headers: { 'X-Deny': '1' } })).status).toBe(401);
    expect((await send(app, { method: 'HEAD', path: '/' })).status).toBe(200);
    await get(app, '/handled', 2, 400);
    await get(app, '/boom', 2, 500);
    await get(app, '/unavailable', 1, 503);
    await get(app, '/file', 2);
    await get(app, '/stream', 1);
    await get(app, '/nowhere', 2, 404);
    expect((await send(app, { method: 'DELETE', path: '/' })).status).toBe(405);
    await counted(app, service, 16);
    const exposition = await scrape(app);
    const statuses: Record<string, number> = {};
    for (const { labels, value } of samplesOf(exposition, service.names.requests)) {
      const status = labels['status_code'] ?? labels['status'] ?? '';
      if (value > 0) statuses[status] = (statuses[status] ?? 0) + value;
    }
    expect(statuses).toEqual({ 200: 7, 401: 1, 400: 2, 500: 2, 503: 1, 404: 2, 405: 1 });
    // The exporter knows of errors that nobody handled.
    expect(sumOf(exposition, service.names.exceptions)).toBe(flavour === 'client' ? 3 : 2);
    const route = flavour === 'client' ? 'route' : 'url_rule';
    const routes = samplesOf(exposition, `${service.names.duration}_count`).map(({ labels }) => labels[route]);
    expect([...new Set(routes)].sort()).toEqual(
      ['/', '/boom', '/file', '/handled', '/shop/items/<int:number>', '/stream', '/unavailable', '<unmatched>'].sort(),
    );
  });

  test('values that clients choose become no labels', async (context) => {
    const service = await createService(context, { flavour, environment: 'old' });
    const app = await service.gunicorn(['-w', '2']);
    await get(app, '/shop/items/1');
    await get(app, '/nowhere', 1, 404);
    await send(app, { method: 'FIRST', path: '/' });
    await counted(app, service, 3);
    const series = async () => (await scrape(app)).samples.length;
    const before = await series();
    for (let id = 2; id <= 60; id++) await get(app, `/shop/items/${id}`);
    for (let id = 1; id <= 60; id++) await get(app, `/nowhere/${id}`, 1, 404);
    for (let id = 1; id <= 30; id++) await send(app, { method: `INVENTED${id}`, path: '/' });
    await counted(app, service, 152);
    expect(await series()).toBe(before);
  });

  test('a scrape is not counted, and can ask for a token', async (context) => {
    const service = await createService(context, { flavour, environment: 'new' });
    const app = await service.gunicorn(['-w', '1'], { METRICS_TOKEN: 'geheim', APP_VERSION: '1.2.3' });
    const ask = (authorization: string, path = '/metrics') =>
      send(app, { method: 'GET', path, headers: { authorization } });
    for (const wrong of ['', 'Bearer', 'Bearer geheimx', 'Bearer geheÃ¯m', 'Basic geheim']) {
      expect((await ask(wrong)).status, wrong).toBe(401);
    }
    for (let time = 0; time < 10; time++) expect((await ask('bearer geheim', '/metrics?x=1')).status).toBe(200);
    const { body, headers } = await ask('Bearer geheim');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('app_info{application="shop",version="1.2.3"} 1.0');
    expect(body).not.toMatch(/_requests?_total\{/);
    expect((await send(app, { method: 'POST', path: '/metrics' })).status).toBe(404);
  });

  test('answers: another path, a prefix, buckets, paths that are left out', async (context) => {
    const answers = {
      metricsPath: '/-/numbers',
      // The exporter puts one underscore behind the prefix, however many there are.
      prefix: flavour === 'client' ? 'shop_' : 'shop__',
      buckets: [0.1, 2.5],
      excludePaths: ['^/pid$', '(?<js>only)', 'items/2'],
    };
    const service = await createService(context, { flavour, environment: 'new', answers });
    const app = await service.gunicorn(['-w', '2']);
    await get(app, '/pid', 5);
    await get(app, '/shop/items/2', 5);
    await get(app, '/shop/items/1', 4);
    const name = flavour === 'client' ? 'shop_http_requests_total' : 'shop_http_request_total';
    await eventually(async () => sumOf(await scrape(app, '/-/numbers'), name) === 4);
    const exposition = await scrape(app, '/-/numbers');
    const bounds = samplesOf(exposition, 'shop_http_request_duration_seconds_bucket').map(({ labels }) => labels['le']);
    expect([...new Set(bounds)]).toEqual(['0.1', '2.5', '+Inf']);
    await get(app, '/metrics', 1, 404);
    expect(app.output()).toContain('excludes nothing');
  });

  test('METRICS_DISABLED leaves the app as it is', async (context) => {
    const service = await createService(context, { flavour, environment: 'old' });
    const app = await service.gunicorn(['-w', '1'], { METRICS_DISABLED: 'true' });
    await get(app, '/');
    await get(app, '/metrics', 1, 404);
  });

  test('metrics on a port of their own, in every worker, also under --preload', async (context) => {
    const service = await createService(context, { flavour, environment: 'new', answers: { metricsPort: 9 } });
    const { freePort } = await import('../../support/free-port.js');
    for (const [index, options] of [['-k', 'gevent'], ['--preload']].entries()) {
      const port = await freePort();
      const app = await service.gunicorn(['-w', '3', ...options], { METRICS_PORT: String(port) });
      await get(app, '/', 20);
      await get(app, '/metrics', 1, 404);
      await eventually(async () => sumOf(await scrape({ port }), service.names.requests) === 21);
      for (let time = 0; time < 10; time++) {
        expect(sumOf(await scrape({ port }), service.names.requests), `run ${index}`).toBe(21);
      }
      expect((await send({ port }, { method: 'GET', path: '/other' })).status).toBe(404);
      const { pids } = await workersOf(app, 3);
      process.kill(app.pid, 'SIGHUP');
      await eventually(async () => [...(await workersOf(app, 1)).pids].every((pid) => !pids.has(pid)));
      await eventually(() =>
        scrape({ port }).then(
          () => true,
          () => false,
        ),
      );
      await app.stop();
    }
  });

  test('flask commands, tests of the app, several apps, and one process without the variable', async (context) => {
    const service = await createService(context, { flavour, environment: 'old', files: { 'test_app.py': appTest } });
    expect(await service.run('flask', ['routes'])).toContain('/shop/items/<int:number>');
    expect(await service.run('flask', ['routes'], { PROMETHEUS_MULTIPROC_DIR: `${service.folder}/absent` })).toContain(
      '/',
    );
    expect(await service.run('python', ['test_app.py'], { NAME: service.names.requests })).toMatch(/^OK$/m);
    // With the reloader, under which the exporter alone has no endpoint.
    const app = await service.start('python', ['-c', flaskRun]);
    await get(app, '/', 3);
    await counted(app, service, 3);
  });
});

const flaskRun = `
import os, sys
flask = os.path.join(os.path.dirname(sys.executable), "flask")
os.execv(flask, [flask, "run", "--debug", "-p", os.environ["PORT"]])
`;

const appTest = `
import os, unittest
from app import app, create_app

class Test(unittest.TestCase):
    def total(self, client):
        text = client.get("/metrics").get_data(as_text=True)
        lines = [line for line in text.splitlines() if line.startswith(os.environ["NAME"] + "{")]
        return sum(float(line.split()[-1]) for line in lines)

    def test_it(self):
        client = app.test_client()
        before = self.total(client)
        for each in (app, create_app(), create_app()):
            with each.test_client() as one:
                self.assertEqual(one.get("/").status_code, 200)
                self.assertEqual(one.get("/", headers={"X-Deny": "1"}).status_code, 401)
        app.config["TESTING"] = True
        self.assertRaises(RuntimeError, client.get, "/boom")
        self.assertEqual(self.total(client), before + 7)

unittest.main(verbosity=0)
`;

describe.concurrent('on plain prometheus_client', () => {
  test('streams, files and clients that go away end, once', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    const app = await service.gunicorn(['-w', '1', '-k', 'gthread', '--threads', '8']);
    await get(app, '/stream', 2);
    await Promise.all([1, 2, 3].map(() => abort(app.port, '/stream?parts=400')));
    await get(app, '/broken-hook', 2, 500);
    await counted(app, service, 7);
    const exposition = await scrape(app);
    expect(sumOf(exposition, 'http_requests_in_progress')).toBe(0);
    expect(sumOf(exposition, 'http_request_exceptions_total', { route: '/broken-hook' })).toBe(2);
    // From the arrival of a request to the end of its stream.
    const seconds = sumOf(exposition, 'http_request_duration_seconds_sum', { route: '/stream' });
    expect(seconds).toBeGreaterThan(0.3);
    expect(sumOf(exposition, 'http_request_exceptions_total', { route: '/boom' })).toBe(0);
  });
});

/** Goes away while the answer is being sent. */
async function abort(port: number, path: string): Promise<void> {
  const { connect } = await import('node:net');
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
