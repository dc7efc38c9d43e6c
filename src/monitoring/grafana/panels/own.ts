import { createHash } from 'node:crypto';
import { isLabelName, isMetricName, type OwnMetric } from '../../../metrics/own-metric.js';
import { acrossInstances } from '../../own-aggregation.js';
import { type Asked, growth, meanOf, observations, quantileOf } from '../../own-queries.js';
import { aggregate, selector } from '../../promql.js';
import { type Description, legend, lines, series } from '../chart.js';
import { type Context, RATE } from '../context.js';
import type { Row } from '../layout.js';
import type { Panel } from '../model.js';
import { unitOf, unitPerSecond } from './own-unit.js';

const QUANTILES = [0.5, 0.9, 0.99];
const size = { w: 12, h: 8 };
/** Above the ids of all other panels. */
const FIRST_ID = 10_000;
const IDS = 1_000_000;

/**
 * The metrics that the service's own code declares, in the order of their names. One whose name, or a label's, no client
 * takes is not exposed, and has no panel.
 */
export function ownMetrics(declared: readonly OwnMetric[]): Row {
  const own = declared.filter(
    ({ name, labels, type }) => isMetricName(name) && labels.every((label) => isLabelName(label, type)),
  );
  const ids = stableIds(own.map(({ name }) => name));
  const sorted = [...own].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    id: 800,
    title: 'Own metrics',
    panels: sorted.map((metric) => (context) => kinds[metric.type](metric, context, ids.get(metric.name) ?? FIRST_ID)),
  };
}

const kinds = { counter, gauge, histogram, summary };

function counter(metric: OwnMetric, context: Context, id: number): Panel[] {
  const words = metric.inRedis ? 'Per second; one number in Redis, whichever instance shows it' : 'Per second';
  return [
    lines({
      ...described(metric, id, words),
      unit: unitPerSecond(metric.name),
      queries: [series(growth(metric, askedIn(context)), legendOf(metric))],
    }),
  ];
}

function gauge(metric: OwnMetric, context: Context, id: number): Panel[] {
  const aggregation = acrossInstances(metric, context.catalogue);
  if (aggregation === undefined) return [];
  const isTime = metric.name.endsWith('_timestamp_seconds');
  const value = aggregation.expression(selector(metric.name, context.chosen));
  return [
    lines({
      ...described(metric, id, isTime ? `Time since then; ${aggregation.words}` : capitalised(aggregation.words)),
      unit: unitOf(metric.name),
      queries: [series(isTime ? `time() - ${value}` : value, legendOf(metric, aggregation.labels))],
    }),
  ];
}

function histogram(metric: OwnMetric, context: Context, id: number): Panel[] {
  const asked = askedIn(context);
  return [
    lines({
      ...described(metric, id, 'Quantiles over all instances and labels, estimated within the buckets'),
      unit: unitOf(metric.name),
      queries: QUANTILES.map((quantile) => series(quantileOf(metric, quantile, asked), `p${quantile * 100}`)),
    }),
    lines({
      ...described(metric, id + 1, 'Observations per second'),
      title: `${metric.name}: observations`,
      unit: 'cps',
      queries: [series(observations(metric, asked, metric.labels), legendOf(metric))],
    }),
  ];
}

function summary(metric: OwnMetric, context: Context, id: number): Panel[] {
  const { catalogue, chosen } = context;
  const description = described(metric, id, '');
  const unit = unitOf(metric.name);
  // Quantiles of several processes cannot be put together, so they are not exposed then; Python's client never has any.
  if (catalogue.multiprocess || catalogue.flavour !== 'node') {
    return [
      lines({
        ...description,
        description: about(metric, 'The mean of what was observed: this summary has no quantiles'),
        unit,
        queries: [series(meanOf(metric, askedIn(context), metric.labels), legendOf(metric))],
      }),
    ];
  }
  const labels = ['quantile', ...metric.labels];
  return [
    lines({
      ...description,
      description: about(metric, 'Quantiles; of several instances the highest, because they cannot be averaged'),
      unit,
      queries: [series(aggregate('max', selector(metric.name, chosen), labels), legendOf(metric, labels))],
    }),
  ];
}

function described(metric: OwnMetric, id: number, words: string): Omit<Description, 'queries' | 'unit'> {
  return { id, title: metric.name, description: about(metric, words), size };
}

/** Without the line: it changes with everything that is written above it. */
function about({ help, path }: OwnMetric, words: string): string {
  const what = /[.!?]$/.test(help) || help === '' ? help : `${help}.`;
  return `${what} ${words}. Declared in ${path}.`.trim();
}

function capitalised(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function askedIn({ chosen }: Context): Asked {
  return { matchers: chosen, window: RATE };
}

/** Without labels, the metric's name. */
function legendOf({ name, labels }: OwnMetric, shown: readonly string[] = labels): string {
  return shown.length === 0 ? name : legend(shown);
}

/**
 * Ids that hold when other metrics come and go: by the name's hash. A metric may use two. Where two names meet, the one
 * that sorts later moves on.
 */
function stableIds(names: readonly string[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...names].sort()) {
    let id = FIRST_ID + 2 * (createHash('sha256').update(name).digest().readUInt32BE() % IDS);
    while (taken.has(id)) id += 2;
    taken.add(id);
    ids.set(name, id);
  }
  return ids;
}
