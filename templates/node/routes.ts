import { Router } from 'express';
import type { IncomingMessage } from 'http';
import { isDisabled, shared, warnOnce } from './process.js';

// Which route answers a request, as a pattern: '/tenants/:tenant/users/:id', never text that came from the client.
//
// Express does not keep the patterns of the routers that a request passes through (`req.baseUrl` holds the values), so
// each layer is wrapped when it is registered and writes down where the request is. Nothing has to be undone when a
// layer is left with next(), an exception or a rejection: the next layer overwrites it, and a router that is left
// restores what was there when it was entered.

/** Where a request is in the tree of routers. */
export interface Position {
  /** Pattern of the mounts around the router that is running. */
  router: string;
  /** The same with the mount path of the layer that ran last. */
  layer: string;
  /** Pattern of the route that is running. */
  route: string | undefined;
  /** The last route that was entered: Express leaves it in `req.route` after next(). */
  entered: Route | undefined;
  /** Where an error was first thrown, rejected or passed to next(). */
  failedAt: string | undefined;
  /** Whether the request is still to be counted. */
  open: boolean;
}

/** A request, as far as routing needs it. */
export interface RoutedRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly route?: Route;
}

type Next = (error?: unknown) => void;
type Handler = (req: RoutedRequest, res: unknown, next: Next) => unknown;
type ErrorHandler = (error: unknown, req: RoutedRequest, res: unknown, next: Next) => unknown;

interface Route {
  readonly path: unknown;
  readonly stack: Layer[];
}

interface Layer {
  handle: Handler | ErrorHandler;
  readonly route?: Route | undefined;
}

interface RouterPrototype {
  stack: Layer[];
  use: (...handlers: unknown[]) => unknown;
  route: (path: unknown) => unknown;
  handle: (req: RoutedRequest, res: unknown, out: Next) => unknown;
}

const UNMATCHED = '<unmatched>';
/** A router that is mounted in itself would make a pattern for each depth that a client asks for. */
const LONGEST_PREFIX = 200;

const positions = shared('positions', () => new WeakMap<object, Position>());
const patched = shared('patched', () => new WeakSet<object>());
const knownRoutes = shared('routes', () => new WeakSet<object>());

/** Follows a request through the routers from here on. */
export function follow(req: object): Position {
  const position: Position = {
    router: '',
    layer: '',
    route: undefined,
    entered: undefined,
    failedAt: undefined,
    open: true,
  };
  positions.set(req, position);
  return position;
}

/** Where a request is; undefined when it is not followed. */
export function positionOf(req: object): Position | undefined {
  return positions.get(req);
}

/** Whether the request is being followed already: an app around this one is instrumented too. */
export function isFollowed(req: object): boolean {
  return positions.has(req);
}

/** The route label of a request: one of as many values as there are routes and mounts in the code. */
export function routeLabel(req: RoutedRequest, position: Position): string {
  if (position.route !== undefined) return position.route;
  return position.failedAt === undefined ? currentPattern(req, position) : position.failedAt;
}

function currentPattern(req: RoutedRequest, position: Position): string {
  if (position.route !== undefined) return position.route;
  const route = req.route;
  if (route !== undefined && route !== position.entered) {
    // Matched, but not entered (a param callback answered or failed), or registered before Express was patched: then
    // there may be mounts in between that nobody saw.
    return knownRoutes.has(route) ? routePattern(position.router, route.path) : `${position.router}*${route.path}`;
  }
  return position.layer === '' ? UNMATCHED : `${position.layer}/*`;
}

/** Patches one copy of Express: its `Router`. A second time is harmless. */
export function patchRouter(router: unknown): void {
  const prototype = prototypeOf(router);
  if (prototype === undefined || patched.has(prototype)) return;
  patched.add(prototype);
  patchRegistration(prototype, 'use', wrapMiddleware);
  patchRegistration(prototype, 'route', wrapRoute);
  patchHandle(prototype);
}

/** Express 5 has a prototype of its own, in Express 4 the function `Router` is the prototype of every router. */
function prototypeOf(router: unknown): RouterPrototype | undefined {
  const candidates = typeof router === 'function' ? [router.prototype, router] : [router];
  return (candidates as (Partial<RouterPrototype> | undefined)[]).find(isRouterPrototype);
}

function isRouterPrototype(candidate: Partial<RouterPrototype> | undefined): candidate is RouterPrototype {
  if (candidate === undefined || candidate === null) return false;
  return [candidate.use, candidate.route, candidate.handle].every((method) => typeof method === 'function');
}

function patchRegistration(
  prototype: RouterPrototype,
  name: 'use' | 'route',
  wrap: (layer: Layer, path: unknown) => void
): void {
  const original = prototype[name];
  prototype[name] = function register(this: RouterPrototype, ...args: unknown[]): unknown {
    const before = this.stack.length;
    const result = original.apply(this, args as [unknown]);
    try {
      for (const layer of this.stack.slice(before)) wrap(layer, args[0]);
    } catch (error) {
      warnOnce('a route cannot be followed', error);
    }
    return result;
  };
}

function patchHandle(prototype: RouterPrototype): void {
  const original = prototype.handle;
  prototype.handle = function handle(this: RouterPrototype, req: RoutedRequest, res: unknown, out: Next): unknown {
    const position = positions.get(req);
    if (position === undefined || typeof out !== 'function') return original.call(this, req, res, out);
    const { router, layer, route } = position;
    position.router = layer;
    return original.call(this, req, res, (error?: unknown): void => {
      if (error) noteError(req, position);
      else position.route = route;
      position.router = router;
      position.layer = layer;
      out(error);
    });
  };
}

function wrapMiddleware(layer: Layer, firstArgument: unknown): void {
  if (layer.handle.length > 3) {
    wrapErrorHandler(layer);
    return;
  }
  const original = layer.handle as Handler;
  const pattern = memoized(mountPattern, isPath(firstArgument) ? firstArgument : '/');
  replaceHandle(layer, function middleware(this: unknown, req: RoutedRequest, res: unknown, next: Next): unknown {
    const position = positions.get(req);
    if (position !== undefined) {
      position.layer = pattern(position.router);
      position.route = undefined;
    }
    return original.call(this, req, res, next);
  });
}

function wrapRoute(layer: Layer, path: unknown): void {
  const route = layer.route;
  if (route === undefined) return;
  knownRoutes.add(route);
  const original = layer.handle as Handler;
  const pattern = memoized(routePattern, path);
  let watched = 0;
  replaceHandle(layer, function dispatch(this: unknown, req: RoutedRequest, res: unknown, next: Next): unknown {
    const position = positions.get(req);
    if (position !== undefined) {
      position.layer = position.router;
      position.route = pattern(position.router);
      position.entered = route;
    }
    if (watched !== route.stack.length) {
      // Handlers are added to a route after it was registered.
      for (const added of route.stack.slice(watched)) wrapErrorHandler(added);
      watched = route.stack.length;
    }
    return original.call(this, req, res, next);
  });
}

/** Notes an error where it is handled. Express tells error handlers by their four parameters. */
function wrapErrorHandler(layer: Layer): void {
  if (layer.handle.length !== 4) return;
  const original = layer.handle as ErrorHandler;
  replaceHandle(
    layer,
    function errorHandler(this: unknown, error: unknown, req: RoutedRequest, res: unknown, next: Next): unknown {
      const position = positions.get(req);
      if (position !== undefined) noteError(req, position);
      return original.call(this, error, req, res, next);
    }
  );
}

function noteError(req: RoutedRequest, position: Position): void {
  if (position.failedAt === undefined) position.failedAt = currentPattern(req, position);
}

/**
 * Puts a wrapper in the place of a layer's function. Other tools read that function's name, length and properties (a
 * router's `stack`). A property is defined, not assigned: express-async-errors has a setter there that would call
 * next(error) twice.
 */
function replaceHandle(layer: Layer, wrapper: Handler | ErrorHandler): void {
  const original = layer.handle;
  Object.setPrototypeOf(wrapper, original);
  Object.defineProperty(wrapper, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true });
  Object.defineProperty(layer, 'handle', { value: wrapper, configurable: true, enumerable: true, writable: true });
}

/** The first argument of `use` is a path, unless it is a function or an array (of arrays) of functions. */
function isPath(argument: unknown): boolean {
  let first = argument;
  while (Array.isArray(first) && first.length > 0) first = first[0];
  return typeof first !== 'function';
}

function mountPattern(prefix: string, path: unknown): string {
  if (prefix.length > LONGEST_PREFIX) return prefix;
  return prefix + (typeof path === 'string' ? path.replace(/\/+$/, '') : String(path));
}

function routePattern(prefix: string, path: unknown): string {
  return path === '/' && prefix !== '' ? prefix : prefix + String(path);
}

/** The pattern of `path` under a prefix; nearly every call has the prefix of the one before. */
function memoized(join: (prefix: string, path: unknown) => string, path: unknown): (prefix: string) => string {
  let lastPrefix = '';
  let lastPattern = join(lastPrefix, path);
  return (prefix: string): string => {
    if (prefix !== lastPrefix) {
      lastPattern = join(prefix, path);
      lastPrefix = prefix;
    }
    return lastPattern;
  };
}

if (!isDisabled()) patchRouter(Router);
