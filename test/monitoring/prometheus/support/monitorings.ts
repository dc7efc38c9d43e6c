import { catalogueFor, type Exposed, type Flavour } from '../../../../src/metrics/catalogue.js';
import type { Monitoring } from '../../../../src/monitoring/monitoring.js';

export interface Options extends Partial<Exposed> {
  readonly application?: string;
  readonly token?: boolean;
  readonly isGiven?: boolean;
  readonly availability?: number;
  readonly latencySeconds?: number;
}

/** What the files of a service are made from. */
export function monitoringOf(options: Options = {}): Monitoring {
  const { application = 'shop', token = false, isGiven = true, availability = 99.9, latencySeconds = 0.5 } = options;
  const { flavour = 'node', prefix, multiprocess = true, redis = true } = options;
  return {
    application,
    catalogue: catalogueFor({ flavour, prefix, multiprocess, redis }),
    own: [],
    metricsPath: '/metrics',
    port: 3000,
    token,
    objective: { availability, latencySeconds, isGiven },
  };
}

const flavours: readonly Flavour[] = ['node', 'flask-client', 'flask-exporter'];
const both = [false, true] as const;

/** Every combination of the answers that decide what the rules are. */
export const ruleOptions: readonly Options[] = flavours.flatMap((flavour) =>
  both.flatMap((multiprocess) =>
    both.flatMap((redis) =>
      both.flatMap((isGiven) =>
        [undefined, 'shop_'].map((prefix) => ({ flavour, multiprocess, redis, isGiven, prefix })),
      ),
    ),
  ),
);

/** Tags that YAML, PromQL or a regular expression could take for something else. */
export const awkwardTags = [
  '1e3',
  '0123',
  'null',
  'true',
  'yes',
  'no',
  '1_000',
  '0x1f',
  '12.50',
  'a.b-c',
  'x'.repeat(63),
];

/** The options as a name for a test. */
export function nameOf(options: Options): string {
  return Object.entries(options)
    .map(([key, value]) => `${key} ${String(value ?? 'none')}`)
    .join(', ');
}
