import type { Catalogue } from '../metrics/catalogue.js';
import type { OwnMetric } from '../metrics/own-metric.js';

/** What monitoring files are made from. */
export interface Monitoring {
  /** Value of the `application` label. */
  readonly application: string;
  readonly catalogue: Catalogue;
  /** The metrics of the user's own code, sorted by name. */
  readonly own: readonly OwnMetric[];
  readonly metricsPath: string;
  /** The port that is scraped: the metrics' own, else the app's. */
  readonly port: number;
  /** Whether the endpoint wants a bearer token. */
  readonly token: boolean;
  readonly objective: Objective;
}

/** What the service promises. Without one of the user's own, alerts never page. */
export interface Objective {
  /** Share of requests that are to succeed, in percent. */
  readonly availability: number;
  /** One of the buckets' bounds, in seconds, under which a request is to be answered. */
  readonly latencySeconds: number;
  /** Whether the user has set it. */
  readonly isGiven: boolean;
}

/** How often Prometheus scrapes, in all that is generated. */
export const scrapeIntervalSeconds = 15;

/** A file of `monitoring/`; its path is relative to the target. */
export interface MonitoringFile {
  readonly path: string;
  readonly text: string;
  /** Sealed: an update replaces it. Seeded: it is written once and is the user's, since it has to be fitted. */
  readonly kind: 'sealed' | 'seeded';
}
