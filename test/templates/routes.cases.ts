import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Express as App,
  ErrorRequestHandler,
  NextFunction,
  Request,
  RequestHandler,
  Response,
  Router,
} from 'express';
import type { Express, Metrics } from '../support/templates.js';

/** What a case builds its app with. */
export interface Kit {
  readonly express: Express;
  readonly version: number;
  readonly metrics: Metrics;
}

export interface RouteCase {
  readonly name: string;
  /** Only on this version of Express. */
  readonly only?: 4 | 5;
  /** Adds the routes to an app that is instrumented. */
  readonly build: (app: App, kit: Kit) => void;
  /** Requests to send, such as `GET /users/1`. */
  readonly send: readonly string[];
  /** All requests counted, as `method route status`. */
  readonly requests: Readonly<Record<string, number>>;
  /** All exceptions counted, as `method route`; none when left out. */
  readonly exceptions?: Readonly<Record<string, number>>;
}

const ok: RequestHandler = (_req, res) => void res.end('ok');
const pass: RequestHandler = (_req, _res, next) => next();
const fail: RequestHandler = (_req, _res, next) => next(new Error('failed on purpose'));
const crash: RequestHandler = () => {
  throw new Error('thrown on purpose');
};
const deny: RequestHandler = (_req, res) => void res.status(401).end();

function answerErrorWith(status: number): ErrorRequestHandler {
  return (_error: unknown, _req: Request, res: Response, _next: NextFunction) => void res.status(status).end();
}

function routerWith({ express }: Kit, add: (router: Router) => void, mergeParams = false): Router {
  const router = express.Router({ mergeParams });
  add(router);
  return router;
}

const wildcard = ({ version }: Kit): string => (version === 4 ? '/files/*' : '/files/*rest');

const MOUNTS: readonly RouteCase[] = [
  {
    name: 'a parameter',
    build: (app) => app.get('/users/:id', ok),
    send: ['GET /users/1', 'GET /users/2?page=3', 'GET /users/%F0%9F%8D%8E'],
    requests: { 'GET /users/:id 200': 3 },
  },
  ...[false, true].map((merge) => ({
    name: `parameters in a mount, mergeParams ${merge}`,
    build: (app: App, kit: Kit) => {
      app.use(
        '/tenants/:tenant',
        routerWith(kit, (router) => router.get('/users/:id', ok), merge),
      );
    },
    send: ['GET /tenants/a/users/1', 'GET /TENANTS/b/users/2', 'GET /tenants/c/users/3'],
    requests: { 'GET /tenants/:tenant/users/:id 200': 3 },
  })),
  {
    name: 'mounts at /, with and without a slash at the end, nested',
    build: (app, kit) => {
      const inner = routerWith(kit, (router) => router.get('/c/:c', ok).get('/', ok));
      const middle = routerWith(kit, (router) => router.use(inner).use('/b/:b/', inner));
      app.use('/a/', middle);
    },
    send: ['GET /a/c/1', 'GET /a', 'GET /a/b/2/c/3', 'GET /a/b/2'],
    requests: { 'GET /a/c/:c 200': 1, 'GET /a 200': 1, 'GET /a/b/:b/c/:c 200': 1, 'GET /a/b/:b 200': 1 },
  },
  {
    name: 'the root',
    build: (app) => app.get('/', ok),
    send: ['GET /', 'GET /?x=1'],
    requests: { 'GET / 200': 2 },
  },
  {
    name: 'one router at two mounts',
    build: (app, kit) => {
      const router = routerWith(kit, (own) => own.get('/items/:id', ok));
      app.use('/v1', router).use('/v2', pass, router);
    },
    send: ['GET /v1/items/1', 'GET /v2/items/1', 'GET /v1/items/2'],
    requests: { 'GET /v1/items/:id 200': 2, 'GET /v2/items/:id 200': 1 },
  },
  {
    name: 'a mounted app',
    build: (app, { express }) => app.use('/admin/:area', express().get('/stats/:day', ok)),
    send: ['GET /admin/eu/stats/1', 'GET /admin/us/stats/2'],
    requests: { 'GET /admin/:area/stats/:day 200': 2 },
  },
  {
    name: 'a mounted app that is instrumented too',
    build: (app, { express, metrics }) => {
      app.use('/admin/:area', metrics.instrument(express()).get('/stats/:day', ok));
    },
    send: ['GET /admin/eu/stats/1', 'GET /admin/us/metrics'],
    requests: { 'GET /admin/:area/stats/:day 200': 1, 'GET <unmatched> 404': 1 },
  },
  {
    name: 'arrays of paths',
    build: (app, kit) => {
      app.get(['/a', '/b/:id'], ok);
      app.use(
        ['/c', '/d'],
        routerWith(kit, (router) => router.get('/e', ok)),
      );
    },
    send: ['GET /a', 'GET /b/1', 'GET /c/e', 'GET /d/e'],
    requests: { 'GET /a,/b/:id 200': 2, 'GET /c,/d/e 200': 2 },
  },
  {
    name: 'regular expressions',
    build: (app, kit) => {
      app.get(/^\/fly(\d+)$/, ok);
      app.use(
        /^\/v\d+/,
        routerWith(kit, (router) => router.get('/e/:id', ok)),
      );
    },
    send: ['GET /fly1', 'GET /fly22', 'GET /v1/e/1', 'GET /v22/e/2'],
    requests: { 'GET /^\\/fly(\\d+)$/ 200': 2, 'GET /^\\/v\\d+//e/:id 200': 2 },
  },
  {
    name: 'a wildcard',
    build: (app, kit) => app.get(wildcard(kit), ok),
    send: ['GET /files/a/b', 'GET /files/c'],
    requests: { 'GET /files/* 200': 2 },
    only: 4,
  },
  {
    name: 'a wildcard',
    build: (app, kit) => app.get(wildcard(kit), ok),
    send: ['GET /files/a/b', 'GET /files/c'],
    requests: { 'GET /files/*rest 200': 2 },
    only: 5,
  },
  {
    name: 'route() with several methods',
    build: (app) => app.route('/things/:id').get(ok).put(ok).all(deny),
    send: ['GET /things/1', 'PUT /things/2', 'DELETE /things/3'],
    requests: { 'GET /things/:id 200': 1, 'PUT /things/:id 200': 1, 'DELETE /things/:id 401': 1 },
  },
  {
    name: 'a router that a handler calls',
    build: (app, kit) => {
      const router = routerWith(kit, (own) => own.get('/lazy/:id', ok));
      app.use('/x/:x', (req, res, next) => router(req, res, next));
      app.use('/lazy', pass);
      app.get('/lazy/:id', (req, res, next) => router(req, res, next));
      app.get('/other', (req, res, next) => router(req, res, next), ok);
    },
    send: ['GET /x/1/lazy/2', 'GET /lazy/3', 'GET /other'],
    requests: { 'GET /x/:x/lazy/:id 200': 1, 'GET /lazy/:id 200': 1, 'GET /other 200': 1 },
  },
];

const UNMATCHED: readonly RouteCase[] = [
  {
    name: '404 of Express',
    build: (app, kit) => {
      app.use(
        '/api',
        routerWith(kit, (router) => router.get('/a', ok)),
      );
      app.use('/other', pass);
    },
    send: ['GET /nothing', 'GET /api/nothing', 'POST /api/a', 'GET /other/x'],
    requests: { 'GET <unmatched> 404': 3, 'POST <unmatched> 404': 1 },
  },
  {
    name: '404 of a handler, at the top and in a mounted router',
    build: (app, kit) => {
      const notFound: RequestHandler = (_req, res) => void res.status(404).end();
      app.use(
        '/api',
        routerWith(kit, (router) => router.get('/a', pass).use(notFound)),
      );
      app.use('/late', pass);
      app.use(notFound);
    },
    send: ['GET /nothing', 'GET /late/nothing', 'GET /api/nothing', 'GET /api/a'],
    requests: { 'GET <unmatched> 404': 2, 'GET /api/* 404': 2 },
  },
  {
    name: '401 of an early middleware',
    build: (app, kit) => {
      app.use('/api/:version', deny);
      app.use(
        '/api/:version',
        routerWith(kit, (router) => router.get('/a', ok)),
      );
      app.use(deny);
      app.get('/b', ok);
    },
    send: ['GET /api/1/a', 'GET /api/2/a', 'GET /b'],
    requests: { 'GET /api/:version/* 401': 2, 'GET <unmatched> 401': 1 },
  },
  {
    name: 'static files',
    build: (app, { express }) => {
      const folder = mkdtempSync(join(tmpdir(), 'static-'));
      writeFileSync(join(folder, 'a.txt'), 'a');
      app.use('/static', express.static(folder)).use(express.static(folder));
    },
    send: ['GET /static/a.txt', 'GET /a.txt', 'GET /static/b.txt'],
    requests: { 'GET /static/* 200': 1, 'GET <unmatched> 200': 1, 'GET <unmatched> 404': 1 },
  },
  {
    name: 'HEAD and OPTIONS',
    build: (app) => app.get('/a/:id', ok),
    send: ['HEAD /a/1', 'OPTIONS /a/1', 'OPTIONS /b'],
    requests: { 'HEAD /a/:id 200': 1, 'OPTIONS <unmatched> 200': 1, 'OPTIONS <unmatched> 404': 1 },
  },
  {
    name: 'a router mounted in itself stays bounded',
    build: (app, kit) => {
      const router = routerWith(kit, (own) => own.get('/leaf', ok));
      app.use('/node/:id', router.use('/node/:id', router));
    },
    send: [100, 150, 200].map((depth) => `GET ${'/node/1'.repeat(depth)}/leaf`),
    requests: { [`GET ${'/node/:id'.repeat(23)}/leaf 200`]: 3 },
  },
  {
    name: 'a path of bad escapes',
    build: (app) => app.get('/a/:id', ok),
    send: ['GET /a/%zz', 'GET /%'],
    requests: { 'GET <unmatched> 400': 1, 'GET <unmatched> 404': 1 },
  },
];

const LEAVING: readonly RouteCase[] = [
  {
    name: 'next() from one route to another, and to none',
    build: (app) => {
      app.get('/a/:first', pass).get('/a/:second', ok);
      app.get('/b', pass, pass);
    },
    send: ['GET /a/1', 'GET /b'],
    requests: { 'GET /a/:second 200': 1, 'GET <unmatched> 404': 1 },
  },
  {
    name: `next('route') and next('router')`,
    build: (app, kit) => {
      app.get('/a/:id', (_req, _res, next) => next('route'), deny);
      app.get('/a/*'.replace('*', ':other'), ok);
      const router = routerWith(kit, (own) => own.use((_req, _res, next) => next('router')).get('/x', deny));
      app.use('/b', router).get('/b/x', ok);
    },
    send: ['GET /a/1', 'GET /b/x'],
    requests: { 'GET /a/:other 200': 1, 'GET /b/x 200': 1 },
  },
  {
    name: 'a middleware after the mount has its own place',
    build: (app, kit) => {
      app.use('/api', pass);
      app.use(routerWith(kit, (router) => router.get('/api/a', ok)));
    },
    send: ['GET /api/a'],
    requests: { 'GET /api/a 200': 1 },
  },
];

const ERRORS: readonly RouteCase[] = [
  {
    name: 'an error in a nested router, answered at the top',
    build: (app, kit) => {
      const inner = routerWith(kit, (router) => router.get('/users/:id', fail).get('/crash', crash));
      app.use(
        '/tenants/:tenant',
        routerWith(kit, (router) => router.use('/v1', inner)),
      );
      app.use('/later', pass);
      app.use(answerErrorWith(503));
    },
    send: ['GET /tenants/a/v1/users/1', 'GET /tenants/b/v1/crash'],
    requests: { 'GET /tenants/:tenant/v1/users/:id 503': 1, 'GET /tenants/:tenant/v1/crash 503': 1 },
    exceptions: { 'GET /tenants/:tenant/v1/users/:id': 1, 'GET /tenants/:tenant/v1/crash': 1 },
  },
  {
    name: 'an error that nobody handles',
    build: (app) => app.get('/a/:id', fail),
    send: ['GET /a/1'],
    requests: { 'GET /a/:id 500': 1 },
    exceptions: { 'GET /a/:id': 1 },
  },
  {
    name: 'an error in a mounted middleware',
    build: (app, kit) => {
      app.use(
        '/api',
        routerWith(kit, (router) => router.use('/v1', fail).use(fail)),
      );
      app.use(fail);
      app.use(answerErrorWith(500));
    },
    send: ['GET /api/v1/x', 'GET /api/v2', 'GET /x'],
    requests: { 'GET /api/v1/* 500': 1, 'GET /api/* 500': 1, 'GET <unmatched> 500': 1 },
    exceptions: { 'GET /api/v1/*': 1, 'GET /api/*': 1, 'GET <unmatched>': 1 },
  },
  {
    name: 'an error answered below 500',
    build: (app) => {
      app.get('/a/:id', fail);
      app.use(answerErrorWith(422));
    },
    send: ['GET /a/1'],
    requests: { 'GET /a/:id 422': 1 },
  },
  {
    name: '5xx without an error',
    build: (app) => app.get('/a', (_req, res) => void res.status(503).end()),
    send: ['GET /a'],
    requests: { 'GET /a 503': 1 },
  },
  {
    name: 'error handlers of a route, added late',
    build: (app) => {
      const route = app.route('/a/:id').get(crash);
      route.all(answerErrorWith(500) as unknown as RequestHandler);
      app.get('/b', fail, answerErrorWith(409) as unknown as RequestHandler);
    },
    send: ['GET /a/1', 'GET /a/2', 'GET /b'],
    requests: { 'GET /a/:id 500': 2, 'GET /b 409': 1 },
    exceptions: { 'GET /a/:id': 2 },
  },
  {
    name: 'an error handler that goes on',
    build: (app) => {
      app.get('/a', fail);
      app.use(((_error, _req, _res, next) => next()) as ErrorRequestHandler);
      app.get('/:other', ok);
    },
    send: ['GET /a'],
    requests: { 'GET /:other 200': 1 },
  },
  {
    name: 'a param callback that fails or answers',
    build: (app, kit) => {
      const router = routerWith(kit, (own) => {
        own.param('id', (_req, res, next, id: string) => (id === '0' ? void res.status(400).end() : next(new Error())));
        own.get('/b/:id', ok);
      });
      app.get('/a/b/:any', pass);
      app.use('/a', router);
    },
    send: ['GET /a/b/0', 'GET /a/b/1'],
    requests: { 'GET /a/b/:id 400': 1, 'GET /a/b/:id 500': 1 },
    exceptions: { 'GET /a/b/:id': 1 },
  },
  {
    name: 'rejected promises',
    only: 5,
    build: (app, kit) => {
      const rejected: RequestHandler = () => Promise.reject(new Error('rejected on purpose'));
      app.use(
        '/api',
        routerWith(kit, (router) => router.get('/a/:id', rejected).use('/b', rejected)),
      );
      app.use('/c', rejected);
    },
    send: ['GET /api/a/1', 'GET /api/b', 'GET /c'],
    requests: { 'GET /api/a/:id 500': 1, 'GET /api/b/* 500': 1, 'GET /c/* 500': 1 },
    exceptions: { 'GET /api/a/:id': 1, 'GET /api/b/*': 1, 'GET /c/*': 1 },
  },
];

export const ROUTE_CASES: Readonly<Record<string, readonly RouteCase[]>> = {
  'patterns and mounts': MOUNTS,
  'what matches no route': UNMATCHED,
  'routes that are left': LEAVING,
  errors: ERRORS,
};
