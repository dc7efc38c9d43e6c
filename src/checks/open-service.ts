import { setTimeout as sleep } from 'node:timers/promises';
import { CheckError } from './check.js';
import type { BoundedClient } from './client.js';
import { type Exposition, ExpositionError, formatOf, parseExposition } from './exposition.js';
import type { Eyes } from './first-requests.js';
import { type Observation, observe } from './observe.js';
import type { PathSeries } from './path-series.js';
import { lastLines } from './process/log.js';
import { portOf } from './process/port.js';
import { portIsShared } from './process/workers.js';
import type { MetricHints } from './request-metrics.js';
import type { Answer, Client, CountedSeries, Service, StartedService, VerifyOptions } from './service.js';

/** A service that restarts may not listen yet. */
const listenMs = 5_000;
/**
 * Of a service that has just been started some workers may still be on their way. prometheus_client answers 500 while one
 * of them has made its file and not yet written its head: Prometheus scrapes again, and so does this.
 */
const startMs = 5_000;
const againMs = 200;

/** Everything about the service that does not change from check to check. */
export interface ServiceFacts {
  readonly url: URL;
  readonly options: VerifyOptions;
  readonly hints: MetricHints;
  readonly local: boolean;
  readonly started: StartedService | undefined;
  /** How long it took to start, which is part of the run. */
  readonly startSeconds?: number;
  /** Why it could not be started: what every check will say. */
  readonly failure?: CheckError | undefined;
}

/** What the observation gave, or why there is none; `gone` when nothing answers at all. */
export type Observed =
  | { readonly found: Observation; readonly oneInstance: boolean }
  | { readonly failure: CheckError; readonly gone: boolean };

/** Above it, in seconds, a scrape takes too long for many of them. */
const slowSeconds = 1;

/** The path that requests go to where a check does not say otherwise. */
export function pathUnderTest({ targetPath }: VerifyOptions): string {
  return (targetPath ?? '/').replaceAll('{id}', '1');
}

/**
 * Looks at the service before the first check. A service that does not answer is no error here: each check will say so.
 *
 * @param answered called when it has answered for the first time
 * @throws the signal's reason when it is aborted
 */
export async function observeService(
  facts: ServiceFacts,
  client: BoundedClient,
  signal: AbortSignal,
  answered: () => void = () => {},
): Promise<Observed> {
  if (facts.failure !== undefined) return { failure: facts.failure, gone: true };
  const path = pathUnderTest(facts.options);
  let gone = true;
  try {
    const { seconds } = await firstAnswer(client, signal);
    gone = false;
    answered();
    const eyes: Eyes = {
      path,
      isSlow: seconds > slowSeconds,
      scrape: () => scrape(client, facts.started, signal),
      request: (to) => client.request(to),
      pause: (ms) => pause(ms, signal),
    };
    const found = await observe(eyes, facts.hints);
    return { found, oneInstance: found.several !== undefined && isOneInstance(facts) };
  } catch (error) {
    if (error instanceof CheckError) return { failure: gone ? withLog(error, facts.started) : error, gone };
    throw error;
  }
}

/** The service as a check sees it. */
export function openService(facts: ServiceFacts, client: Client, observed: Observed, signal: AbortSignal): Service {
  const found = 'found' in observed ? observed.found : undefined;
  return {
    url: facts.url,
    options: facts.options,
    client,
    signal,
    started: facts.started,
    startFailed: facts.failure !== undefined,
    local: facts.local,
    oneInstance: 'found' in observed && observed.oneInstance,
    path: pathUnderTest(facts.options),
    several: found?.several,
    unrest: 'found' in observed ? unrestOf(observed) : undefined,
    get metrics() {
      return seenIn(observed).metrics;
    },
    scrape: () => scrape(client, facts.started, signal),
    pause: (milliseconds) => pause(milliseconds, signal),
    countedAfterMs: found?.countedAfterMs ?? 0,
    seriesOf: (statuses) => seriesOf(seenIn(observed), statuses),
    pathTotal: (exposition) => seenIn(observed).counterSeries.total(exposition, seenIn(observed).metrics.counter),
    largestRise(before, after) {
      const { counterSeries, metrics } = seenIn(observed);
      return counterSeries.largestRise(before, after, metrics.counter);
    },
  };
}

function seriesOf(found: Observation, statuses: Iterable<number>): CountedSeries {
  const { metrics, counterSeries, histogramSeries } = found;
  const isKnown = [...statuses].every((status) => found.statuses.has(status));
  const sum = (series: PathSeries, exposition: Exposition, name: string) =>
    isKnown ? series.total(exposition, name) : series.totalOfOurs(exposition, name);
  return {
    total: (exposition) => sum(counterSeries, exposition, metrics.counter),
    count: (exposition) =>
      metrics.histogram === undefined ? undefined : sum(histogramSeries, exposition, `${metrics.histogram}_count`),
    labels: isKnown ? counterSeries.labels : [],
    without: isKnown ? [] : counterSeries.otherLabels,
  };
}

/** What the service printed says why nothing answers. */
function withLog(error: CheckError, started: StartedService | undefined): CheckError {
  const printed = started === undefined ? '' : lastLines(started.log);
  if (printed === '') return error;
  return new CheckError(error.message, `${error.hint} It printed last:\n${printed}\nAll of it: ${started?.log}`, {
    cause: error,
  });
}

function seenIn(observed: Observed): Observation {
  if ('failure' in observed) throw observed.failure;
  return observed.found;
}

/** What was started here is one service; so is what runs on this machine where its processes share the port. */
function isOneInstance({ started, local, url }: ServiceFacts): boolean {
  return started !== undefined || (local && portIsShared(portOf(url)));
}

/** Several registries are workers where that is known; else they may as well be instances behind a load balancer. */
function unrestOf({ found: { several, traffic }, oneInstance }: Extract<Observed, { found: unknown }>) {
  if (several === undefined || oneInstance) return traffic;
  return `several registries answer behind this URL (${several}): instances behind a load balancer, or workers with a registry each`;
}

async function firstAnswer(client: Client, signal: AbortSignal): Promise<Answer> {
  const end = performance.now() + listenMs;
  for (;;) {
    try {
      return await client.fetchMetrics();
    } catch (error) {
      const refused = error instanceof CheckError && (error.cause as { code?: unknown })?.code === 'ECONNREFUSED';
      if (!refused || performance.now() > end) throw error;
      await pause(200, signal);
    }
  }
}

async function scrape(client: Client, started: StartedService | undefined, signal: AbortSignal): Promise<Exposition> {
  for (;;) {
    const answer = await client.fetchMetrics();
    const isStarting = started !== undefined && performance.now() < started.listensSince + startMs;
    if (answer.status < 500 || !isStarting) return readScrape(answer);
    await pause(againMs, signal);
  }
}

/** @throws CheckError when it is no exposition */
export function readScrape({ status, headers, body }: Answer): Exposition {
  if (status !== 200) throw new CheckError(`the metrics endpoint answers ${status}`, hintFor(status, headers));
  const type = headers['content-type'] ?? '';
  if (/^\s*(?:text\/html|application\/json)\b/i.test(type) || /^\s*<(?:!doctype|html)/i.test(body)) {
    throw new CheckError(
      `the metrics endpoint answers with ${type.split(';')[0] || 'HTML'}, which is no exposition`,
      'A catch-all route, a login page or a proxy answers instead: mount the endpoint before it, or correct --url.',
    );
  }
  if (body === '') {
    throw new CheckError(
      'the metrics endpoint answers 200 with an empty body',
      'up is 1 and nothing is there. AggregatorRegistry gives this under PM2, and prometheus_client when PROMETHEUS_MULTIPROC_DIR is set after its import: add-prom-metrics add replaces both.',
    );
  }
  try {
    return parseExposition(body, formatOf(type));
  } catch (error) {
    if (!(error instanceof ExpositionError)) throw error;
    throw new CheckError(
      `the exposition cannot be read: ${error.message}`,
      `Prometheus refuses the whole scrape for one such line: up is 0 and every series goes stale.${error.line === 1 ? ' Or it is no endpoint of metrics: then correct --url.' : ''}`,
      { cause: error },
    );
  }
}

function hintFor(status: number, headers: Readonly<Record<string, string>>): string {
  if (status === 401 || status === 403) {
    if (/^basic\b/i.test(headers['www-authenticate'] ?? '')) {
      return 'It wants a user and a password, which verify has not got: let it answer this machine without, or let it take a bearer token as well (METRICS_TOKEN, here and in the scrape configuration).';
    }
    return 'It wants authentication: set METRICS_TOKEN to its bearer token, here and in the scrape configuration.';
  }
  if (status === 404)
    return "The path is not served, or a 404 handler stands before it: correct --url, or mount it earlier. Where there are no metrics yet, npx add-prom-metrics adds them. (prometheus_flask_exporter's GunicornPrometheusMetrics serves on a port of its own only; on the app's, GunicornInternalPrometheusMetrics does.)";
  if (status >= 300 && status < 400) {
    return `It redirects to ${headers['location'] ?? 'elsewhere'}; give that address to --url and to Prometheus.`;
  }
  return 'up is 0 then, and there is no data. Look at the log of the service; AggregatorRegistry answers 500 while one worker is blocked.';
}

/** @throws the signal's reason */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
