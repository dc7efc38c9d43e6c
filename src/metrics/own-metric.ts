/** What a metric may be called: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
export function isMetricName(text: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(text);
}

/** Labels that the clients keep for themselves. */
const reserved: Readonly<Partial<Record<OwnMetric['type'], string>>> = { histogram: 'le', summary: 'quantile' };

/** What a label of a metric of this type may be called; the same source, and what the clients refuse. */
export function isLabelName(text: string, type: OwnMetric['type']): boolean {
  return /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(text) && text !== reserved[type];
}

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
