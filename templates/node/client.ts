import type { Counts, Row } from './counts.js';

/** A value as a metric's `get` gives it. */
export interface Value {
  /** A summary that has seen nothing has none with the official client. */
  readonly labels?: Record<string, unknown>;
  readonly value: number;
  readonly metricName?: string;
}

/** What both clients' metrics have at run time; their types leave most of it out. */
export interface ClientMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly labelNames: readonly string[];
  readonly upperBounds?: readonly number[];
  readonly collect?: unknown;
  readonly enableExemplars?: boolean;
  get(): Promise<{ readonly values: readonly Value[] }>;
  inc(first?: unknown, second?: unknown): unknown;
  observe(first?: unknown, second?: unknown): unknown;
  zero(labels: object): void;
  labels(...values: unknown[]): object;
}

/** Rows by the values of their labels. */
interface Branch extends Map<unknown, Branch> {
  row?: Row;
}

/** Wraps the updates of a metric. Gives what makes the series that a metric without labels has from the start. */
export function writeThrough(metric: ClientMetric, open: () => Counts | undefined): () => void {
  const { name, help, type, labelNames } = metric;
  const bounds = type === 'counter' ? null : metric.upperBounds || [];
  // One map for each label: cheaper than a text made of all the values.
  const tree: Branch = new Map();
  const rowOf = (labels: Record<string, unknown>, counts: Counts): Row => {
    let branch = tree;
    for (const label of labelNames) {
      const value = labels[label];
      let next = branch.get(value);
      if (!next) {
        next = new Map();
        branch.set(value, next);
      }
      branch = next;
    }
    if (branch.row === undefined) branch.row = counts.row(name, type, help, labels, bounds);
    return branch.row;
  };
  const labelsOf = (first: unknown): Record<string, unknown> | undefined =>
    typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : undefined;

  const method = type === 'counter' ? 'inc' : 'observe';
  const update = metric[method].bind(metric);
  metric[method] = (first, second) => {
    // It throws for a wrong label or value, before anything is counted.
    const result = update(first, second);
    const labels = labelsOf(first);
    const given = labels ? second : first;
    const value = given === undefined || given === null ? 1 : Number(given);
    const counts = open();
    if (counts && Number.isFinite(value)) counts.add(rowOf(labels || {}, counts), value);
    return result;
  };
  const start = (labels: object): void => {
    const counts = open();
    if (counts) rowOf(labels as Record<string, unknown>, counts);
  };
  if (type === 'histogram') {
    const zero = metric.zero.bind(metric);
    metric.zero = (labels) => {
      zero(labels);
      start(labels);
    };
  }
  if (type !== 'counter') {
    // The client's children of a histogram or summary do not go through `observe`.
    const child = metric.labels.bind(metric);
    metric.labels = (...values) => {
      const labels = labelsOf(values[0]) || {};
      if (labels !== values[0]) {
        labelNames.forEach((label, index) => {
          labels[label] = values[index];
        });
      }
      return Object.assign({}, child(...values), { observe: (value: unknown) => metric.observe(labels, value) });
    };
  }
  return () => {
    if (labelNames.length === 0) start({});
  };
}

/** One series, as it lies in the files. */
export interface Sample {
  readonly labels: object;
  readonly bounds: readonly number[] | null;
  readonly cells: readonly number[];
}

/** The cells of a metric's series out of the client's values. */
export function samplesOf(type: string, values: readonly Value[]): Sample[] {
  if (type === 'counter') return values.map(({ labels = {}, value }) => ({ labels, bounds: null, cells: [value] }));
  const samples: Sample[] = [];
  let bounds: number[] = [];
  let buckets: number[] = [];
  let below = 0;
  let sum = 0;
  // Both clients give, for each series, the buckets in order, the sum, and the count as the last.
  for (const { metricName = '', labels = {}, value } of values) {
    if (metricName.endsWith('_bucket')) {
      const { le } = labels;
      if (le !== '+Inf') bounds.push(Number(le));
      buckets.push(value - below);
      below = value;
    } else if (metricName.endsWith('_sum')) {
      sum = value;
    } else if (metricName.endsWith('_count')) {
      samples.push({ labels, bounds, cells: [...(type === 'summary' ? [value] : buckets), sum] });
      bounds = [];
      buckets = [];
      below = 0;
    }
  }
  return samples;
}

/** JSON has no infinity and no NaN. */
export function toJson({ labels = {}, value }: Value): { labels: object; value: number | string } {
  return { labels, value: Number.isFinite(value) ? value : String(value) };
}
