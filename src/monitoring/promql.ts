import type { Catalogue } from '../metrics/catalogue.js';

/** Label matchers by label: a value to be equal to, or an operator with its operand. */
export type Matchers = Readonly<Record<string, string | readonly ['=' | '!=' | '=~' | '!~', string]>>;

/**
 * A string as a PromQL literal: the encoder for everything that a user typed.
 * https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
 */
export function quoted(text: string): string {
  // All the escapes that JSON.stringify writes are Go's too, but for half a surrogate pair, which UTF-8 cannot hold. The
  // character that stands for what cannot be decoded is refused, unless it is escaped.
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replaceAll('\uFFFD', '\\ufffd');
}

/** A regular expression that matches this text and nothing else. PromQL's are anchored at both ends. */
export function literally(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

/**
 * The matcher of a bucket by its upper bound. Clients write a bound in different ways (`1`, `1.0`), and Prometheus 3
 * stores it in its own (`1.0`): https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values.
 */
export function bound(seconds: number): Matchers[string] {
  const decimal = String(seconds);
  const spellings = new Set([decimal, Number.isInteger(seconds) ? `${decimal}.0` : decimal, exponential(seconds)]);
  return spellings.size === 1 ? decimal : ['=~', [...spellings].map(literally).join('|')];
}

/** As Go and Python write a number that is very small or big: an exponent of two digits, from 1e-5 down and 1e+6 up. */
function exponential(seconds: number): string {
  if (seconds >= 1e-4 && seconds < 1e6) return String(seconds);
  return seconds.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A metric's name with its matchers. */
export function selector(name: string, matchers: Matchers): string {
  const parts = Object.entries(matchers).map(([label, matcher]) => {
    const [operator, value] = typeof matcher === 'string' ? (['=', matcher] as const) : matcher;
    return `${label}${operator}${quoted(value)}`;
  });
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

/** Requests per second. */
export function requestRate(
  { requests }: Catalogue,
  matchers: Matchers,
  window: string,
  by: readonly string[],
): string {
  return sumBy(`rate(${selector(requests.name, matchers)}[${window}])`, by);
}

/** Requests per second that were answered with 5xx; 0, not nothing, where there was none. */
export function errorRate(catalogue: Catalogue, matchers: Matchers, window: string, by: readonly string[]): string {
  const failed = { ...matchers, [catalogue.httpLabels.status]: ['=~', '5..'] as const };
  const errors = sumBy(`rate(${selector(catalogue.requests.name, failed)}[${window}])`, by);
  return `(${errors} or 0 * ${requestRate(catalogue, matchers, window, by)})`;
}

/** A quantile of the request duration, in seconds; never an average of percentiles. */
export function durationQuantile(
  { requestDuration }: Catalogue,
  quantile: number,
  matchers: Matchers,
  window: string,
  by: readonly string[],
): string {
  const buckets = `rate(${selector(`${requestDuration.name}_bucket`, matchers)}[${window}])`;
  return `histogram_quantile(${quantile}, ${sumBy(buckets, ['le', ...by])})`;
}

/** How several series become one. */
export type Operator = 'sum' | 'avg' | 'min' | 'max' | 'count';

/** An aggregation that keeps some labels; without any, one number. */
export function aggregate(operator: Operator, expression: string, labels: readonly string[]): string {
  return labels.length === 0 ? `${operator}(${expression})` : `${operator} by (${labels.join(', ')}) (${expression})`;
}

/** A sum that keeps some labels; without any, one number. */
export function sumBy(expression: string, labels: readonly string[]): string {
  return aggregate('sum', expression, labels);
}
