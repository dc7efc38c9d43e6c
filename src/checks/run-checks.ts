import { setMaxListeners } from 'node:events';
import { CancelledError } from '../errors.js';
import { type Check, CheckError, type Finding } from './check.js';
import type { BoundedClient } from './client.js';
import { fail, skip } from './finding.js';
import { type Observed, observeService, openService, type ServiceFacts } from './open-service.js';
import type { RequestMetrics } from './service.js';

/** A check with what came out. */
export interface Result extends Finding {
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  /** How long it took. */
  readonly seconds: number;
}

/** Told what happens while it happens. */
export interface Progress {
  /** The service is being watched; nothing is sent to it but scrapes. */
  watching(): void;
  /** Under which names the requests are counted. */
  found(metrics: RequestMetrics): void;
  began(check: Check): void;
  ended(result: Result): void;
}

/** What the run may take, with the start of the service; checks that name a limit above it come on top. */
const totalSeconds = 90;
/** Kept for ending a service that was started. */
const endingSeconds = 5;
const checkSeconds = 20;
const observeSeconds = 25;

/**
 * Runs the checks, those that disturb the service last, each within its limit.
 *
 * @param client obeys `signal`
 * @returns a result for each check, in the order given
 * @throws CancelledError when the signal is aborted
 */
export async function runChecks(
  checks: readonly Check[],
  facts: ServiceFacts,
  client: BoundedClient,
  progress: Progress,
  signal: AbortSignal,
): Promise<Result[]> {
  progress.watching();
  const begin = performance.now();
  const observed = await look(facts, client, signal);
  if ('found' in observed) progress.found(observed.found.metrics);
  const used = (facts.startSeconds ?? 0) + (performance.now() - begin) / 1000;
  let left = totalSeconds - endingSeconds - used;
  const results = new Map<Check, Result>();
  const order = [...checks.filter(({ disturbs }) => !disturbs), ...checks.filter(({ disturbs }) => disturbs)];
  for (const check of order) {
    progress.began(check);
    const started = performance.now();
    const own = check.limitSeconds ?? checkSeconds;
    const limit = own > totalSeconds ? own : Math.min(own, left);
    const finding = await runOne(check, facts, client, observed, limit, signal);
    const seconds = (performance.now() - started) / 1000;
    if (own <= totalSeconds) left -= seconds;
    const { id, title, expected } = check;
    const result = { id, title, expected, seconds, ...finding };
    results.set(check, result);
    progress.ended(result);
  }
  return checks.flatMap((check) => results.get(check) ?? []);
}

async function look(facts: ServiceFacts, client: BoundedClient, signal: AbortSignal): Promise<Observed> {
  const failure = new CheckError(
    `the service could not be looked at within ${observeSeconds} s`,
    'Its endpoint answers too slowly: see scrape-cost.',
  );
  let gone = true;
  const answered = (): void => {
    gone = false;
  };
  try {
    return await within(observeSeconds, signal, failure, (until) =>
      observeService(facts, client.within(until), until, answered),
    );
  } catch (error) {
    // What answers at all can be asked again by those checks that need no more.
    if (error instanceof CheckError) return { failure: error, gone };
    throw error;
  }
}

async function runOne(
  check: Check,
  facts: ServiceFacts,
  client: BoundedClient,
  observed: Observed,
  limit: number,
  signal: AbortSignal,
): Promise<Finding> {
  const tooLong = new CheckError(
    `no result within ${Math.round(limit)} s`,
    'The service answers too slowly, or not at all: look at its log, and at what blocks its event loop or its workers.',
  );
  const usedUp = `not measured: the ${totalSeconds} s of the run were used up by slow answers`;
  try {
    // Asked first: what cannot run here does not want for time.
    const now = openService(facts, client, observed, signal);
    const reason = check.cannotRun(now) ?? (check.needsRest ? now.unrest : undefined);
    if (reason !== undefined) return skip(reason);
    if (limit <= 0) return skip(usedUp);
    return await within(limit, signal, tooLong, async (until) => {
      const service = openService(facts, client.within(until), observed, until);
      // Asking again would take each check's whole time.
      if ('failure' in observed && observed.gone && check.offline !== true) throw observed.failure;
      return check.run(service);
    });
  } catch (error) {
    // It had less time than it may need: that says nothing.
    if (error === tooLong && limit < (check.limitSeconds ?? checkSeconds)) return skip(usedUp);
    if (error instanceof CheckError) return fail(error.message, error.hint);
    throw error;
  }
}

/**
 * Runs something for so many seconds at most, and until the signal is aborted; then its own signal is aborted with the
 * reason, which is thrown.
 */
async function within<T>(
  seconds: number,
  signal: AbortSignal,
  tooLong: CheckError,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new CancelledError();
  const controller = new AbortController();
  // One for each request under way: more than ten are no leak.
  setMaxListeners(0, controller.signal);
  const cancel = (): void => controller.abort(new CancelledError());
  const timer = setTimeout(() => controller.abort(tooLong), seconds * 1000);
  signal.addEventListener('abort', cancel, { once: true });
  // Work that does not look at the signal is left behind.
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  ended.catch(() => {});
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    // What is still under way has no one to report to.
    controller.abort(tooLong);
  }
}
