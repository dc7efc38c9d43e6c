import { UsageError } from '../errors.js';
import { parsers } from '../wizard/answers.js';

/** The flags of `verify`, as they were given; what is missing comes from the record or is a default. */
export interface VerifyFlags {
  readonly url: URL | undefined;
  readonly appUrl: URL | undefined;
  readonly start: string | undefined;
  readonly requests: number;
  readonly targetPath: string | undefined;
  readonly slowPath: string | undefined;
  readonly errorPath: string | undefined;
  readonly killWorker: boolean;
  readonly prometheus: URL | undefined;
  readonly scrapeInterval: number;
  readonly workers: number | undefined;
  readonly counter: string | undefined;
  readonly histogram: string | undefined;
  /** Path of the Markdown report. */
  readonly report: string | undefined;
  readonly allowRemote: boolean;
  readonly json: boolean;
}

const defaultRequests = 200;
/** prom/prometheus' own example; its built-in default is a minute. */
const defaultInterval = 15;

/**
 * Reads the flags.
 *
 * @throws UsageError naming the flag, what was given, and what is allowed
 */
export function readVerifyFlags(options: Readonly<Record<string, unknown>>): VerifyFlags {
  const text = (name: string, flag: string, parse: (value: string) => string) => given(options[name], flag, parse);
  const requests = given(options['requests'], '--requests', (value) => wholeNumber(value, 1, 10_000));
  const interval = given(options['scrapeInterval'], '--scrape-interval', (value) => wholeNumber(value, 1, 3_600));
  return {
    url: given(options['url'], '--url', httpUrl),
    appUrl: given(options['appUrl'], '--app-url', httpUrl),
    start: text('start', '--start', command),
    requests: requests ?? defaultRequests,
    targetPath: text('targetPath', '--target-path', path),
    slowPath: text('slowPath', '--slow-path', path),
    errorPath: text('errorPath', '--error-path', path),
    killWorker: options['killWorker'] === true,
    prometheus: given(options['prometheus'], '--prometheus', httpUrl),
    scrapeInterval: interval ?? defaultInterval,
    workers: given(options['workers'], '--workers', parsers.workers),
    counter: text('counter', '--counter', metricName),
    histogram: text('histogram', '--histogram', metricName),
    report: text('report', '--report', markdownFile),
    allowRemote: options['allowRemote'] === true,
    json: options['json'] === true,
  };
}

function given<T>(value: unknown, flag: string, parse: (value: string) => T): T | undefined {
  if (value === undefined) return undefined;
  try {
    return parse(String(value));
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${flag} ${rule}; it is ${JSON.stringify(value).slice(0, 100)}.`, '', { cause });
  }
}

function httpUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error('must be a URL that begins with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('must be a URL without a password in it (METRICS_TOKEN holds a bearer token)');
  }
  return url;
}

function path(value: string): string {
  const rule = 'must be a path that begins with one "/", without spaces';
  if (!/^\/(?!\/)[^\s#\\]*$/.test(value)) throw new Error(rule);
  return value;
}

function command(value: string): string {
  if (value.trim() === '') throw new Error('must be a command');
  return value;
}

function metricName(value: string): string {
  if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(value)) return value;
  throw new Error('must be the name of a metric: letters, digits, "_" and ":"');
}

function markdownFile(value: string): string {
  if (/\.(?:md|markdown)$/i.test(value)) return value;
  throw new Error('must be the path of a Markdown file, such as verify.md');
}

function wholeNumber(value: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Error(`must be a whole number from ${least} to ${most}`);
}
