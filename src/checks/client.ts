import { isIP } from 'node:net';
import { CheckError } from './check.js';
import { exchange } from './exchange.js';
import type { Answer, Client, RequestOptions } from './service.js';

/** Requests that one run sends at most: far more than the checks need, far fewer than would be an attack. */
export const mostRequests = 20_000;
const timeoutMs = 5_000;
/** Prometheus' own default for a scrape (scrape_timeout). */
const scrapeTimeoutMs = 10_000;

/** What Prometheus 2.42 asks for; it takes compressed answers too. */
const scrapeHeaders = {
  accept:
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'accept-encoding': 'gzip',
  'x-prometheus-scrape-timeout-seconds': String(scrapeTimeoutMs / 1000),
};

export interface Addresses {
  /** The metrics endpoint. */
  readonly metrics: URL;
  /**
   * Where the service itself answers: the same origin, unless the metrics are on a port of their own. Its path stands
   * before those of the requests that do not begin with it.
   */
  readonly app: URL;
}

/** Whether a host is this machine, as its name or address tells. */
export function isLoopback({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.startsWith('::ffff:7f') || host === 'localhost' || host.endsWith('.localhost');
}

/** A path below the one of an app behind a proxy; also where somebody has written it out already. */
function below(base: string, path: string): string {
  const prefix = base.replace(/\/$/, '');
  if (path === '/') return base;
  return path === prefix || path.startsWith(`${prefix}/`) ? path : `${prefix}${path}`;
}

/** The client of one run; `within` gives one that shares its count and obeys another signal. */
export class BoundedClient implements Client {
  readonly #addresses: Addresses;
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;
  readonly #count: { sent: number };

  /**
   * @param token the bearer token for the metrics endpoint, and for nothing else
   * @param signal ends every request, with its reason
   */
  constructor(addresses: Addresses, token: string | undefined, signal: AbortSignal, count = { sent: 0 }) {
    this.#addresses = addresses;
    this.#token = token;
    this.#signal = signal;
    this.#count = count;
  }

  within(signal: AbortSignal): BoundedClient {
    return new BoundedClient(this.#addresses, this.#token, signal, this.#count);
  }

  get sent(): number {
    return this.#count.sent;
  }

  request(path: string, options: RequestOptions = {}): Promise<Answer> {
    const { app } = this.#addresses;
    const url = new URL(below(app.pathname, path), app);
    if (url.origin !== app.origin) throw new Error(`${path} leads away from the service`);
    return this.#send(url, {}, options);
  }

  fetchMetrics({ bare = false, timeoutMs = scrapeTimeoutMs } = {}): Promise<Answer> {
    const authorization = bare || !this.#token ? {} : { authorization: `Bearer ${this.#token}` };
    return this.#send(this.#addresses.metrics, { ...scrapeHeaders, ...authorization }, { timeoutMs });
  }

  #send(url: URL, headers: Readonly<Record<string, string>>, options: RequestOptions): Promise<Answer> {
    if (this.#count.sent >= mostRequests) {
      const hint = 'Ask for fewer with --requests.';
      throw new CheckError(
        `the ${mostRequests.toLocaleString('en-GB')} requests that one run may send are used up`,
        hint,
      );
    }
    this.#count.sent += 1;
    return exchange({
      url,
      method: options.method ?? 'GET',
      headers: { 'user-agent': 'add-prom-metrics-verify', ...headers },
      timeoutMs: options.timeoutMs ?? timeoutMs,
      abortAfterMs: options.abortAfterMs,
      trustAny: isLoopback(url),
      signal: this.#signal,
    });
  }
}
