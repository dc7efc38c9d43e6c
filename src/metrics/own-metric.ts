/** A metric that the target's own code declares. */
export interface OwnMetric {
  /** As it is exposed. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labels: readonly string[];
  readonly help: string;
  /** How a gauge is put together over processes, as in the client; undefined where nothing is said. */
  readonly aggregator: string | undefined;
  /** Whether its one truth lies in Redis, so that every instance reports the same number. */
  readonly inRedis: boolean;
  /** Where it is declared, relative to the target. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}
