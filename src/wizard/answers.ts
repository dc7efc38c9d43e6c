import { posix } from 'node:path';
import { type Client, clients } from '../project/clients.js';
import { type Part, parseParts } from './parts.js';

/** Everything that decides what is generated: the five questions, and the options that are never asked. */
export interface Answers {
  /** Value of the `application` label. */
  readonly appTag: string;
  /** The file where the app object is created, relative to the target. */
  readonly entry: string;
  /** Worker processes. */
  readonly workers: number;
  /** There when nobody asked for another number than there was: how many the service had already. Never asked. */
  readonly workersFound?: number;
  readonly redis: boolean;
  /** Where the metrics are served. */
  readonly metricsPath: string;
  readonly client: Client;
  /** The variable that holds the app, where the entry creates several. */
  readonly app?: string;
  /** Upper bounds of the duration histogram, in seconds. */
  readonly buckets?: readonly number[];
  /** Put before the names of the default metrics. */
  readonly prefix?: string;
  /** Regular expressions; a request whose path matches one is not measured. */
  readonly excludePaths?: readonly string[];
  /** Serve the metrics on this port, and not on the app's. */
  readonly metricsPort?: number;
  /** The port that the app listens to, where what was found is wrong. */
  readonly port?: number;
  /** Whether the endpoint is protected by METRICS_TOKEN, which Prometheus is to show. */
  readonly metricsToken?: boolean;
  /** Share of requests that are to succeed, in percent. */
  readonly slo?: number;
  /** Time under which a request is to be answered, in seconds; one of the buckets' bounds. */
  readonly sloLatency?: number;
  /** Parts to be written although the repository does not show that it uses them. */
  readonly with?: readonly Part[];
  /** Parts to be left out. */
  readonly skip?: readonly Part[];
  /** The Dockerfile that builds the service's image, relative to the target, where several could. */
  readonly dockerfile?: string;
}

export type AnswerKey = keyof Answers;

/** A check of one answer: gives it in its right form, or throws an Error whose message says what is allowed. */
export type Parser<T> = (value: unknown) => T;

/** The one place that knows each answer's form; flags, questions and the answers file all go through it. */
export const parsers: { readonly [Key in AnswerKey]-?: Parser<NonNullable<Answers[Key]>> } = {
  appTag: (value) => {
    if (typeof value === 'string' && /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/.test(value)) return value;
    throw new Error('must be 1 to 63 lower-case letters, digits, "-", "_" or ".", with a letter or digit at both ends');
  },
  entry: filePath,
  workers: (value) => wholeNumber(value, 1, 1024),
  workersFound: (value) => wholeNumber(value, 1, 99_999),
  redis: truth,
  metricsPath: (value) => {
    if (typeof value === 'string' && value.length <= 200 && /^(?:\/[\w~-][\w.~-]*)+$/.test(value)) return value;
    throw new Error('must begin with "/" and consist of letters, digits, "-", "_", "." and "~" between slashes');
  },
  client: (value) => {
    const known = clients.find((client) => client === value);
    if (known) return known;
    throw new Error(`must be one of ${clients.join(', ')}`);
  },
  app: (value) => {
    if (typeof value === 'string' && /^[\p{ID_Start}$_][\p{ID_Continue}$.]*$/u.test(value)) return value;
    throw new Error('must be the name of a variable');
  },
  buckets: (value) => {
    const bounds = (typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : []).map(toNumber);
    const rising = bounds.every((bound, index) => bound > (bounds[index - 1] ?? 0) && Number.isFinite(bound));
    if (bounds.length > 0 && bounds.length <= 50 && rising) return bounds;
    throw new Error('must be up to 50 rising numbers of seconds, such as 0.05,0.1,0.5,1');
  },
  prefix: (value) => {
    if (typeof value === 'string' && /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/.test(value)) return value;
    throw new Error('must be letters, digits and "_", not beginning with a digit');
  },
  excludePaths: (value) => {
    const patterns = typeof value === 'string' ? [value] : value;
    if (Array.isArray(patterns) && patterns.every(isPattern)) return patterns;
    throw new Error('must be regular expressions that JavaScript understands');
  },
  metricsPort: (value) => wholeNumber(value, 1, 65_535),
  port: (value) => wholeNumber(value, 1, 65_535),
  metricsToken: truth,
  slo: (value) => {
    const percent = toNumber(value);
    if (percent >= 90 && percent <= 99.999) return percent;
    throw new Error('must be a share of requests in percent, from 90 to 99.999');
  },
  sloLatency: (value) => {
    const seconds = toNumber(value);
    if (seconds > 0 && Number.isFinite(seconds)) return seconds;
    throw new Error("must be one of the buckets' bounds, in seconds");
  },
  with: parseParts,
  skip: parseParts,
  dockerfile: filePath,
};

function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error('must be true or false');
}

function filePath(value: unknown): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return posix.normalize(value);
  throw new Error('must be the path of a file in the target');
}

function wholeNumber(value: unknown, least: number, most: number): number {
  const number = toNumber(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`must be a whole number from ${least} to ${most}`);
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*\d*\.?\d+(?:e-?\d+)?\s*$/i.test(value) ? Number(value) : Number.NaN;
}

function isPattern(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  try {
    return Boolean(new RegExp(value));
  } catch {
    return false;
  }
}
