import type { Router } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import {
  copyOfExpress,
  EXPRESS,
  evaluateAgain,
  exceptionCounts,
  loadMetrics,
  requestCounts,
  scrapeAtRest,
  send,
  serve,
  stopServers,
} from '../support/templates.js';
import { ROUTE_CASES } from './routes.cases.js';

afterEach(stopServers);

for (const { version, express } of EXPRESS) {
  describe(`Express ${version}`, () => {
    for (const [group, cases] of Object.entries(ROUTE_CASES)) {
      describe(group, () => {
        for (const { name, only, build, send: lines, requests, exceptions } of cases) {
          if (only !== undefined && only !== version) continue;
          it(name, async () => {
            const metrics = await loadMetrics();
            const app = metrics.instrument(express());
            app.set('env', 'test');
            build(app, { express, version, metrics });
            const port = await serve(app);

            for (const line of lines) await send(port, line);

            const samples = await scrapeAtRest(port);
            expect(requestCounts(samples)).toEqual(requests);
            expect(exceptionCounts(samples)).toEqual(exceptions ?? {});
          });
        }
      });
    }

    it('labels routes that were registered before the patch by their own path, after a star', async () => {
      const copy = copyOfExpress(version === 5 ? 'express' : 'express4');
      const { instrument, patchRouter } = await loadMetrics();
      const app = instrument(copy());
      app.get('/early/:id', (_req, res) => void res.end());
      app.use(
        '/mount/:a',
        copy.Router().get('/early/:id', (_req, res) => void res.end()),
      );
      patchRouter(copy.Router);
      app.get('/late/:id', (_req, res) => void res.end());
      const port = await serve(app);

      for (const line of ['GET /early/1', 'GET /mount/1/early/2', 'GET /late/3', 'GET /none']) await send(port, line);

      expect(requestCounts(await scrapeAtRest(port))).toEqual({
        'GET */early/:id 200': 2,
        'GET /late/:id 200': 1,
        'GET <unmatched> 404': 1,
      });
    });

    it('follows a request into a router of another copy of Express', async () => {
      const copy = copyOfExpress(version === 5 ? 'express' : 'express4');
      const { instrument, patchRouter } = await loadMetrics();
      patchRouter(copy.Router);
      patchRouter(copy.Router);
      const app = instrument(express());
      app.use(
        '/a/:a',
        copy.Router().get('/b/:b', (_req, res) => void res.end()),
      );
      const port = await serve(app);

      await send(port, 'GET /a/1/b/2');

      expect(copy.Router).not.toBe(express.Router);
      expect(requestCounts(await scrapeAtRest(port))).toEqual({ 'GET /a/:a/b/:b 200': 1 });
    });

    it('keeps counting when the modules are evaluated again between registering and serving', async () => {
      const first = await loadMetrics();
      const early = express.Router().get('/b/:b', (_req, res) => void res.end());
      const app = first.instrument(express()).use('/a/:a', early);
      const second = await evaluateAgain();
      second.instrument(app).get('/c/:c', (_req, res) => void res.end());
      const port = await serve(second.instrument(express()).use(app));

      await send(port, 'GET /a/1/b/2');
      await send(port, 'GET /c/3');

      expect(first.instrument).not.toBe(second.instrument);
      expect(requestCounts(await scrapeAtRest(port))).toEqual({ 'GET /a/:a/b/:b 200': 1, 'GET /c/:c 200': 1 });
    });

    it('leaves what other tools read from the layers', async () => {
      await loadMetrics();
      const router: Router = express.Router();
      const middleware = function named(): void {};
      const onError = (_a: unknown, _b: unknown, _c: unknown, _d: unknown): void => {};
      const inner = express.Router().get('/x', middleware);
      router.use(middleware, inner, onError);

      const handles = router.stack.map((layer) => layer.handle as unknown as { name: string; length: number });
      expect(handles.map(({ name, length }) => [name, length])).toEqual([
        ['named', 0],
        [inner.name, 3],
        [onError.name, 4],
      ]);
      expect((handles[1] as unknown as Router).stack).toBe(inner.stack);
      expect(router.stack.map((layer) => layer.name)).toEqual(['named', inner.name, 'onError']);
    });
  });
}
