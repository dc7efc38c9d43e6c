import type { Request, Response } from 'express';
import { performance } from 'perf_hooks';
import type { Counter, Gauge, Histogram, LabelValues, Summary } from 'prom-client';
import { leaveOut, onClose } from './http.js';
import { isDisabled, shared, warnOnce } from './process.js';

// Measuring single handlers. Each of these functions takes a handler of Express (or a middleware, or an error handler)
// and gives one that does the same and is measured; they can be put around each other. No fault in them, or in a
// function for a label, reaches the request: it is reported as a process warning, once.

type LabelValue = string | number;
/** A method, to the compiler: a function that takes the request of its own route (`Request<{ id: string }>`) is one of these, too. */
type FromRequest = { of(req: Request, res: Response): LabelValue }['of'];

/** The value of each label, or a function that finds it. Values out of a short, fixed list: each is a time series. */
export type Labels<T extends string> = { readonly [Name in T]?: LabelValue | FromRequest };

/** What counts like the client's counter. */
export interface Countable<T extends string> {
  inc(labels: LabelValues<T>, value?: number): void;
}

const excluded = shared('excluded', () => new WeakSet<object>());

/** Counts the calls of a handler, each when its response has ended: functions for labels see status and headers. */
export function counted<T extends string, H>(counter: Counter<T> | Countable<T>, labels: Labels<T>, handler: H): H {
  return before(handler, (req, res) => {
    atEnd(req, res, () => {
      if (!excluded.has(req)) counter.inc(valuesOf(labels, req, res));
    });
  });
}

/** Times a handler, in seconds: from its call to the end of the response. Labels are found at the end. */
export function timed<T extends string, H>(metric: Histogram<T> | Summary<T>, labels: Labels<T>, handler: H): H {
  return before(handler, (req, res) => {
    const started = performance.now();
    atEnd(req, res, () => {
      const seconds = (performance.now() - started) / 1000;
      if (!excluded.has(req)) metric.observe(valuesOf(labels, req, res), seconds);
    });
  });
}

/** Shows how many calls of a handler are being answered now. Labels are found at the call: there is no response yet. */
export function inProgress<T extends string, H>(gauge: Gauge<T>, labels: Labels<T>, handler: H): H {
  return before(handler, (req, res) => {
    if (excluded.has(req)) return;
    const values = valuesOf(labels, req, res);
    gauge.inc(values);
    atEnd(req, res, () => gauge.dec(values));
  });
}

/** Leaves the requests that reach a handler out of the HTTP metrics (`http_…`); your own ones still see them. */
export function doNotTrack<H>(handler: H): H {
  return before(handler, leaveOut);
}

/** Leaves them out of everything: of the HTTP metrics, and of what `counted` and `timed` measure on their way. */
export function excludeAll<H>(handler: H): H {
  return before(handler, (req) => {
    leaveOut(req);
    excluded.add(req);
  });
}

/**
 * A handler that does something else first. Express tells error handlers by their four parameters. `H` is not said to be
 * a function: the compiler would then not know the parameters of a handler that is written in its place.
 */
function before<H>(handler: H, action: (req: Request, res: Response) => void): H {
  if (isDisabled()) return handler;
  const original = handler as unknown as (...args: unknown[]) => unknown;
  const first = original.length === 4 ? 1 : 0;
  function measured(this: unknown, ...args: unknown[]): unknown {
    guarded(() => action(args[first] as Request, args[first + 1] as Response));
    return original.apply(this, args);
  }
  Object.defineProperty(measured, 'name', { value: original.name, configurable: true });
  Object.defineProperty(measured, 'length', { value: original.length, configurable: true });
  return measured as unknown as H;
}

/** Runs an action once, when the response is sent or given up; at once when that has happened already. */
function atEnd(req: Request, res: Response, action: () => void): void {
  let done = false;
  const end = (): void => {
    if (done) return;
    done = true;
    guarded(action);
  };
  if (res.destroyed) end();
  else onClose(req, res, end);
}

function guarded(action: () => void): void {
  try {
    action();
  } catch (error) {
    warnOnce('a handler was not measured', error);
  }
}

function valuesOf<T extends string>(labels: Labels<T>, req: Request, res: Response): LabelValues<T> {
  const values: Record<string, LabelValue | undefined> = {};
  for (const name of Object.keys(labels)) {
    const value: LabelValue | FromRequest | undefined = labels[name as T];
    values[name] = typeof value === 'function' ? value(req, res) : value;
  }
  return values as LabelValues<T>;
}
