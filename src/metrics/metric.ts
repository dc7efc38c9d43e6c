/** What a metric's numbers count or measure. Prometheus' base units: https://prometheus.io/docs/practices/naming/. */
export type Unit = 'requests' | 'seconds' | 'bytes' | 'ratio' | 'timestamp' | 'boolean' | 'count';

/** A metric that a service exposes. */
export interface Metric {
  /** As it is exposed, the prefix included. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** Besides `application`, which every series has, and `worker`. */
  readonly labels: readonly string[];
  readonly unit: Unit;
  readonly help: string;
  /**
   * Whether each process has a series of its own, told apart by the label `worker`, when several serve: a percentile, a
   * heap or a start time is never added up.
   */
  readonly perWorker: boolean;
}
