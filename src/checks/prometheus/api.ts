import { CheckError } from '../check.js';
import { exchange } from '../exchange.js';

/** One series of an instant query. */
export interface QuerySample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A target that it scrapes. */
export interface ScrapeTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
  readonly intervalSeconds: number;
}

const timeoutMs = 10_000;

/** The query API of a Prometheus: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export class PrometheusApi {
  readonly #base: URL;
  readonly #signal: AbortSignal;

  /** @param base where it answers; a path in it stays in front of the API's */
  constructor(base: URL, signal: AbortSignal) {
    this.#base = base;
    this.#signal = signal;
  }

  /**
   * Asks for the value of an expression at a moment.
   *
   * @param time in seconds since 1970; default: now, by its clock
   * @throws CheckError when it does not answer, or the expression is wrong
   */
  async query(expression: string, time?: number): Promise<QuerySample[]> {
    const when: Record<string, string> = time === undefined ? {} : { time: time.toFixed(3) };
    const data = await this.#get('/api/v1/query', { query: expression, ...when });
    const { resultType, result } = data as { resultType?: string; result?: unknown };
    if (resultType === 'scalar') return [{ labels: {}, value: Number((result as [number, string])[1]) }];
    if (!Array.isArray(result)) return [];
    return (result as { metric?: Record<string, string>; value?: [number, string] }[]).map(({ metric, value }) => ({
      labels: metric ?? {},
      value: Number(value?.[1]),
    }));
  }

  /** @throws CheckError when it does not answer */
  async targets(): Promise<ScrapeTarget[]> {
    const data = (await this.#get('/api/v1/targets', { state: 'active' })) as { activeTargets?: RawTarget[] };
    return (data.activeTargets ?? []).map((target) => ({
      labels: target.labels ?? {},
      scrapeUrl: target.scrapeUrl ?? '',
      health: target.health ?? 'unknown',
      lastError: target.lastError ?? '',
      intervalSeconds: secondsOf(target.scrapeInterval ?? ''),
    }));
  }

  /** Whether it takes queries. @throws the signal's reason */
  async isReady(): Promise<boolean> {
    try {
      return (await this.#send('/-/ready', {})).status === 200;
    } catch (error) {
      if (error instanceof CheckError) return false;
      throw error;
    }
  }

  async #get(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    const { status, body } = await this.#send(path, query);
    const answer = parsed(body);
    if (status === 200 && answer.status === 'success') return answer.data ?? {};
    throw new CheckError(
      `Prometheus answers ${status}: ${answer.error ?? body.slice(0, 200)}`,
      'Give --prometheus the base URL of a Prometheus, such as http://127.0.0.1:9090.',
    );
  }

  #send(path: string, query: Readonly<Record<string, string>>) {
    const url = new URL(this.#base.href.replace(/\/?$/, path));
    url.search = new URLSearchParams(query).toString();
    const headers = { accept: 'application/json' };
    return exchange({
      url,
      method: 'GET',
      headers,
      timeoutMs,
      abortAfterMs: undefined,
      trustAny: false,
      signal: this.#signal,
    });
  }
}

interface RawTarget {
  readonly labels?: Record<string, string>;
  readonly scrapeUrl?: string;
  readonly health?: string;
  readonly lastError?: string;
  readonly scrapeInterval?: string;
}

function parsed(body: string): { status?: string; data?: unknown; error?: string } {
  try {
    return (JSON.parse(body) ?? {}) as { status?: string };
  } catch {
    return {};
  }
}

/** A duration such as `15s` or `1m30s`; NaN when it is none. */
export function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
  const parts = [...text.matchAll(/(\d+)(ms|[smhd])/g)];
  if (parts.length === 0) return Number.NaN;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? Number.NaN), 0);
}
