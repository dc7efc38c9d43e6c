import { CheckError } from './check.js';
import { aboutActive, aboutProcess, distinct, falls, samplesOf, sumOf, typeOf } from './counts.js';
import type { Exposition } from './exposition.js';
import type { RequestMetrics } from './service.js';

/** What was told about the names. */
export interface MetricHints {
  /** By `--counter` and `--histogram`. */
  readonly counter: string | undefined;
  readonly histogram: string | undefined;
  /** The prefix in the record; undefined without a record. */
  readonly prefix: string | undefined;
}

const methodLabel = /^(?:http_)?(?:request_)?(?:method|verb)$/i;
const statusLabel = /^(?:http_)?(?:response_)?(?:status|code|status_?code)$/i;
const routeLabel = /^(?:http_)?(?:route|path|handler|endpoint|url_rule|uri|url|view|operation)$/i;
const aboutRequests = /http|request|response|latency|duration/i;
/** Not those of a client, nor bytes, seconds or errors. */
const isPlainCount = /^(?!.*(?:client|outgoing))(?:\w+_)?requests?(?:_count)?(?:_total)?$/i;

/**
 * Finds the metrics that stand for requests: told by flags, by the names that the record gives, by the names that the
 * usual libraries give, else by their shape (a counter with labels like `method` and `status`; a histogram whose count
 * moves with traffic).
 *
 * @param quiet scrapes before requests were sent
 * @param busy scrapes afterwards
 * @throws CheckError when there is neither a counter nor a histogram of requests
 */
export function findRequestMetrics(
  quiet: readonly Exposition[],
  busy: readonly Exposition[],
  hints: MetricHints,
): RequestMetrics {
  const scan = new Scan(quiet, busy);
  const histogram = findHistogram(scan, hints);
  const counter = findCounter(scan, hints) ?? (histogram && { name: `${histogram.name}_count`, by: histogram.by });
  if (counter === undefined) {
    const families = countFamilies(busy);
    throw new CheckError(
      `no counter or histogram of requests among ${families} families`,
      'Prometheus cannot tell how many requests there are. Name it with --counter <name> or --histogram <name>, or let add-prom-metrics add one.',
    );
  }
  const labels = distinct([...scan.labels(counter.name), ...(histogram ? scan.labels(`${histogram.name}_count`) : [])]);
  const prefix = hints.prefix ?? '';
  return {
    counter: counter.name,
    histogram: histogram?.name,
    inProgress: scan.first(
      [`${prefix}http_requests_in_progress`],
      'gauge',
      // Not how long those under way have taken.
      /^(?!.*_(?:seconds|max)$).*(?:request.*in_?(?:progress|flight)|in_?(?:progress|flight)_requests|active_requests|requests_active)/,
    ),
    exceptions: findExceptions(scan, prefix),
    routeLabel: labels.find((label) => routeLabel.test(label)),
    statusLabel: scan.labels(counter.name).find((label) => statusLabel.test(label)),
    foundBy: counter.by,
  };
}

/** The counter of exceptions in a scrape: one that has labels is not there before the first of them. */
export function exceptionsIn(exposition: Exposition): string | undefined {
  return findExceptions(new Scan([], [exposition]), '');
}

function findExceptions(scan: Scan, prefix: string): string | undefined {
  return scan.first([`${prefix}http_request_exceptions_total`], 'counter', /(?:http|request).*exceptions?(?:_total)?$/);
}

interface Found {
  readonly name: string;
  readonly by: string;
}

function findCounter(scan: Scan, hints: MetricHints): Found | undefined {
  if (hints.counter !== undefined) return told(scan, hints.counter, '--counter');
  const recorded = `${hints.prefix ?? ''}http_requests_total`;
  if (hints.prefix !== undefined && scan.has(recorded)) return { name: recorded, by: 'the record' };
  const usual = ['http_requests_total', 'flask_http_request_total', 'http_request_total', 'http_server_requests_total'];
  const known = usual.find((name) => scan.has(name) && scan.moved(name));
  if (known !== undefined) return { name: known, by: 'its usual name' };
  const shaped = scan.names.filter((name) => scan.isCounter(name) && scan.hasShape(name) && !aboutProcess.test(name));
  const moving = shaped.filter((name) => scan.moved(name));
  const name =
    moving.find((one) => aboutRequests.test(one)) ?? moving[0] ?? usual.find((one) => scan.has(one)) ?? shaped[0];
  if (name !== undefined) return { name, by: 'its labels' };
  // A histogram has the labels that such a counter is without.
  const plain = scan.names.find((one) => scan.isCounter(one) && isPlainCount.test(one) && scan.moved(one));
  return plain === undefined || scan.movingHistogramCounts().length > 0
    ? undefined
    : { name: plain, by: 'its name, and that it moves' };
}

function findHistogram(scan: Scan, hints: MetricHints): Found | undefined {
  const exists = (name: string) => scan.has(`${name}_count`);
  if (hints.histogram !== undefined) {
    told(scan, `${hints.histogram}_count`, '--histogram');
    return { name: hints.histogram, by: '--histogram' };
  }
  const recorded = `${hints.prefix ?? ''}http_request_duration_seconds`;
  if (hints.prefix !== undefined && exists(recorded)) return { name: recorded, by: 'the record' };
  const usual = [
    'http_request_duration_seconds',
    'flask_http_request_duration_seconds',
    'http_server_request_duration_seconds',
  ];
  const known = usual.find(exists);
  if (known !== undefined) return { name: known, by: 'its usual name' };
  const counts = scan.movingHistogramCounts();
  const shaped = counts.filter((name) =>
    scan.labels(name).some((label) => methodLabel.test(label) || routeLabel.test(label)),
  );
  const name =
    shaped.find((one) => aboutRequests.test(one)) ?? shaped[0] ?? counts.find((one) => aboutRequests.test(one));
  return name === undefined
    ? undefined
    : { name: name.replace(/_count$/, ''), by: 'its count, which moves with traffic' };
}

function told(scan: Scan, name: string, flag: string): Found {
  if (scan.has(name)) return { name, by: flag };
  throw new CheckError(`there is no series ${name}, which ${flag} names`, `Correct ${flag}, or leave it out.`);
}

function countFamilies(expositions: readonly Exposition[]): number {
  return expositions.at(-1)?.families.size ?? 0;
}

/** Questions about names over several scrapes. */
class Scan {
  readonly names: readonly string[];
  readonly #quiet: readonly Exposition[];
  readonly #busy: readonly Exposition[];

  constructor(quiet: readonly Exposition[], busy: readonly Exposition[]) {
    this.#quiet = quiet;
    this.#busy = busy;
    this.names = distinct(busy.flatMap(({ samples }) => samples.map(({ name }) => name)));
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  type(name: string): string {
    const types = this.#busy.map((exposition) => typeOf(exposition, name));
    return types.find((type) => type !== 'untyped') ?? 'untyped';
  }

  isCounter(name: string): boolean {
    const type = this.type(name);
    return type === 'counter' || (type === 'untyped' && name.endsWith('_total'));
  }

  isHistogramCount(name: string): boolean {
    return name.endsWith('_count') && !aboutActive.test(name) && ['histogram', 'summary'].includes(this.type(name));
  }

  movingHistogramCounts(): string[] {
    return this.names.filter((name) => this.isHistogramCount(name) && !aboutProcess.test(name) && this.moved(name));
  }

  labels(name: string): string[] {
    return distinct(this.#busy.flatMap((one) => samplesOf(one, name).flatMap(({ labels }) => Object.keys(labels))));
  }

  hasShape(name: string): boolean {
    const labels = this.labels(name);
    return labels.some((label) => methodLabel.test(label)) && labels.some((label) => statusLabel.test(label));
  }

  /** Whether it was larger after the requests, in whichever process answered. */
  moved(name: string): boolean {
    const before = this.#quiet.map((one) => sumOf(one, name));
    const after = this.#busy.map((one) => sumOf(one, name));
    return Math.max(...after) > Math.max(0, ...before) || falls(after) > 0;
  }

  /** The first of the names that is there, else the first of that type whose name fits. */
  first(names: readonly string[], type: string, fits: RegExp): string | undefined {
    const fitting = (name: string) => this.type(name) === type && fits.test(name) && !aboutProcess.test(name);
    return names.find((name) => this.has(name)) ?? this.names.find(fitting);
  }
}
