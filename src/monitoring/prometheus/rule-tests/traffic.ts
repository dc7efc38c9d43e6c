import type { Monitoring } from '../../monitoring.js';
import { type Matchers, selector } from '../../promql.js';
import type { InputSeries } from './case.js';
import { constant, counter, type Phase } from './values.js';

/** Requests of one route with one status, as they come in. */
export interface Requests {
  readonly route?: string;
  readonly status: number;
  readonly phases: readonly Phase[];
  /** The share of them, 0 to 1, that takes longer than the objective's bound. */
  readonly slow?: number;
}

/** The labels of every series of one instance. */
export function instanceLabels({ application }: Monitoring, instance = 'a:1') {
  return { application, instance, job: application } as const;
}

/** `up` of one instance that can be scraped all the time. */
export function scraped(monitoring: Monitoring, minutes: number, instance?: string): InputSeries {
  return { series: selector('up', instanceLabels(monitoring, instance)), values: constant(1, minutes) };
}

/**
 * What an instance exposes of its requests, as far as alerts read it.
 *
 * @param quantiles whether there is also the bucket without a bound, which quantiles need
 */
export function traffic(monitoring: Monitoring, requests: readonly Requests[], quantiles = false): InputSeries[] {
  return requests.flatMap((some) => seriesOf(monitoring, some, quantiles));
}

function seriesOf(
  monitoring: Monitoring,
  { route = '/', status, phases, slow = 0 }: Requests,
  quantiles: boolean,
): InputSeries[] {
  const { requests, requestDuration, httpLabels } = monitoring.catalogue;
  const labels: Matchers = {
    ...instanceLabels(monitoring),
    [httpLabels.method]: 'GET',
    [httpLabels.route]: route,
    [httpLabels.status]: String(status),
  };
  const all = counter(phases);
  const within = counter(phases.map(({ minutes, perMinute }) => ({ minutes, perMinute: perMinute * (1 - slow) })));
  const bucket = (le: string, values: string) => {
    return { series: selector(`${requestDuration.name}_bucket`, { ...labels, le }), values };
  };
  const counts = new Set([requests.name, `${requestDuration.name}_count`]);
  return [
    ...[...counts].map((name) => ({ series: selector(name, labels), values: all })),
    bucket(String(monitoring.objective.latencySeconds), within),
    ...(quantiles ? [bucket('+Inf', all)] : []),
  ];
}
