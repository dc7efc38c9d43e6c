/** The answers this folder was made with. */
export interface Settings {
  /** Value of the `application` label, which every series carries. */
  readonly application: string;
  /** The path that Prometheus scrapes. */
  readonly metricsPath: string;
  /** A request whose path (without the query) matches one of these is not counted. */
  readonly excludedPaths?: readonly RegExp[];
  /** Port of the metrics' own server. */
  readonly metricsPort?: number;
  /** Worker processes that cluster starts, unless WEB_CONCURRENCY is set. */
  readonly workers?: number;
}

export const settings: Settings = {
  application: 'my-api',
  metricsPath: '/metrics',
};
