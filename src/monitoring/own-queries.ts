import type { OwnMetric } from '../metrics/own-metric.js';
import { aggregate, type Matchers, selector, sumBy } from './promql.js';

/** Which series of a metric of the user's own are asked for, and over which window rates are taken. */
export interface Asked {
  readonly matchers: Matchers;
  readonly window: string;
}

/** A counter's growth per second, by its labels. */
export function growth({ name, labels, inRedis }: OwnMetric, { matchers, window }: Asked): string {
  // What Redis holds, every instance reports: adding it up would count it once for each of them.
  return aggregate(inRedis ? 'max' : 'sum', `rate(${selector(name, matchers)}[${window}])`, labels);
}

/** A quantile of what a histogram observed, over all its labels. */
export function quantileOf({ name }: OwnMetric, quantile: number, { matchers, window }: Asked): string {
  const buckets = sumBy(`rate(${selector(`${name}_bucket`, matchers)}[${window}])`, ['le']);
  return `histogram_quantile(${quantile}, ${buckets})`;
}

/** Observations of a histogram or summary per second. */
export function observations({ name }: OwnMetric, { matchers, window }: Asked, by: readonly string[]): string {
  return sumBy(`rate(${selector(`${name}_count`, matchers)}[${window}])`, by);
}

/** The mean of what a histogram or summary observed. */
export function meanOf(metric: OwnMetric, asked: Asked, by: readonly string[]): string {
  const sum = sumBy(`rate(${selector(`${metric.name}_sum`, asked.matchers)}[${asked.window}])`, by);
  return `${sum} / (${observations(metric, asked, by)} > 0)`;
}
