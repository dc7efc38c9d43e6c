import type { Catalogue } from '../metrics/catalogue.js';

/** Label matchers by label: a value to be equal to, or an operator with its operand. */
export type Matchers = Readonly<Record<string, string | readonly ['=' | '!=' | '=~' | '!~', string]>>;

/**
 * A string as a PromQL literal: the encoder for everything that a user typed.
 * https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
 */
export function quoted(text: string): string {
  // Go's escapes are not all of JSON's, but all that JSON writes are Go's, except for the slash, which JSON does not write.
  return JSON.stringify(text);
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

/** A sum that keeps some labels; without any, one number. */
export function sumBy(expression: string, labels: readonly string[]): string {
  return labels.length === 0 ? `sum(${expression})` : `sum by (${labels.join(', ')}) (${expression})`;
}
