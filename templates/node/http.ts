import type { IncomingMessage, ServerResponse } from 'http';
import { performance } from 'perf_hooks';
import { durationBuckets } from './custom.js';
import { declarations } from './declarations.js';
import { shared, warnOnce } from './process.js';
import { counter, gauge, histogram, together } from './registry.js';
import type { RoutedRequest } from './routes.js';
import { follow, isFollowed, positionOf, routeLabel } from './routes.js';
import { settings } from './settings.js';

type Handle = (req: RoutedRequest, res: ServerResponse, next?: unknown) => unknown;

type Series = { readonly method: string; readonly route: string };

/** The methods of RFC 9110, and PATCH and QUERY: a client may send others, which must not become label values. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);
/** The client went away before any header was sent (the status that nginx logs for it). */
const CLIENT_CLOSED_REQUEST = 499;

const requests = counter(declarations.requests);
const duration = histogram(Object.assign({ buckets: durationBuckets }, declarations.requestDuration));
const inProgress = gauge(declarations.requestsInProgress);
const exceptions = counter(declarations.requestExceptions);

const instrumented = shared('instrumented', () => new WeakSet<object>());
const seen = new Map<string, Map<string, Series>>();

/**
 * Makes an Express app count its requests, before anything else in it runs. `answers` may take a request for itself
 * (the scrape), which is then not counted.
 */
export function measureApp(app: object, answers: (req: RoutedRequest, res: ServerResponse) => boolean): void {
  const target = app as { handle?: Handle };
  const original = target.handle;
  if (original === undefined || instrumented.has(app)) return;
  instrumented.add(app);
  target.handle = function handle(this: unknown, req: RoutedRequest, res: ServerResponse, next?: unknown): unknown {
    try {
      // Where an app is mounted in another one, the outer one counts.
      if (!isFollowed(req)) {
        if (answers(req, res)) return undefined;
        if (!isExcluded(req) && !isWebSocket(req, res)) measure(req, res);
      }
    } catch (error) {
      warnOnce('a request was not counted', error);
    }
    return original.call(this, req, res, next);
  };
}

function measure(req: RoutedRequest, res: ServerResponse): void {
  const started = performance.now();
  const method = methodLabel(req);
  const position = follow(req);
  inProgress.inc({ method });

  onClose(req, res, () => {
    if (!position.open) return;
    position.open = false;
    try {
      const seconds = (performance.now() - started) / 1000;
      const status = res.headersSent ? res.statusCode : CLIENT_CLOSED_REQUEST;
      inProgress.dec({ method });
      record(method, routeLabel(req, position), status, seconds, position.failedAt !== undefined);
    } catch (error) {
      warnOnce('a request was not counted', error);
    }
  });
}

function methodLabel(req: IncomingMessage): string {
  return req.method !== undefined && METHODS.has(req.method) ? req.method : '_OTHER';
}

/** Calls back, possibly more than once, when a response was sent or given up. */
export function onClose(req: IncomingMessage, res: ServerResponse, close: () => void): void {
  // Not 'finish', which an aborted response never emits.
  res.on('close', close);
  // A pipelined request waits for its turn without a socket; if the client leaves before, only the request closes.
  if (res.socket === null) req.on('close', () => req.socket.destroyed && close());
}

/** Takes a request that is being answered out of the metrics of this file. */
export function leaveOut(req: IncomingMessage): void {
  const position = positionOf(req);
  if (position === undefined || !position.open) return;
  position.open = false;
  inProgress.dec({ method: methodLabel(req) });
}

function record(method: string, route: string, status: number, seconds: number, failed: boolean): void {
  const series = seriesOf(method, route);
  const labels = { method, route, status_code: String(status) };
  together(() => {
    requests.inc(labels);
    duration.observe(labels, seconds);
    if (failed && status >= 500) exceptions.inc(series);
  });
}

/**
 * increase() does not see the first value of a series that was not there before, which for an error is often the only
 * one. So a route's error series begin at 0 when the route is first seen.
 */
function seriesOf(method: string, route: string): Series {
  let methods = seen.get(route);
  if (methods === undefined) {
    methods = new Map();
    seen.set(route, methods);
  }
  let series = methods.get(method);
  if (series === undefined) {
    series = { method, route };
    methods.set(method, series);
    requests.inc({ method, route, status_code: '500' }, 0);
    exceptions.inc(series, 0);
  }
  return series;
}

function isExcluded(req: RoutedRequest): boolean {
  if (settings.excludedPaths === undefined) return false;
  const url = req.originalUrl || req.url || '';
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return settings.excludedPaths.some((pattern) => pattern.test(path));
}

/** express-ws sends an upgraded connection through the app with a response that has no socket and never closes. */
function isWebSocket(req: RoutedRequest, res: ServerResponse): boolean {
  return res.socket === null && req.headers.upgrade !== undefined;
}
