/**
 * Exact counting over several processes: cluster workers, PM2's, or any when PROMETHEUS_MULTIPROC_DIR is set.
 *
 * Each process writes its counts into files of its own (slots.ts) as it counts, any of them reads all of them (merge.ts).
 * Three things make the sum right when workers come and go: each cell has one writer and never falls; nothing is removed
 * while the service runs, and a new worker goes on from a dead one's values; nothing is shown that is not in a file.
 *
 * Metrics given to `track` are exact also when a process is killed. The others of the registry (the client's own,
 * third-party ones) are brought up to date once a second and at the worker's own scrape.
 *
 * What it cannot do: count a response whose process was killed before the event that counts it; survive a power
 * loss; add up containers (each is a target of its own).
 */
import { renameSync, writeFileSync } from 'node:fs';
import type { Metric, Registry } from 'prom-client';
import { Counts, type Row } from './counts.js';
import { type Gauges, Merger, renderHeader, UP } from './merge.js';
import { warnOnce } from './process.js';
import { attempt, findRun, listSlots, type Run } from './slots.js';

/** The metrics of all processes of the service. */
export interface Shared {
  /** Makes a metric exact: each of its updates is written through. Call it right after the metric's construction. */
  track(metric: Metric<string>): void;
  /** The metrics of all processes, in Prometheus' text format. Rejects when the files cannot be read. */
  exposition(): Promise<string>;
}

interface Value {
  readonly labels: Record<string, unknown>;
  readonly value: number;
  readonly metricName?: string;
}

/** What both clients' metrics have at run time; their types leave most of it out. */
interface ClientMetric {
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

const PERIOD_MS = 1000;

/**
 * Shares the metrics of a registry with the other processes that serve the same application, or gives undefined where
 * there are none: then the registry serves by itself. Nothing is opened before the first use, or a second later.
 */
export function openShared(application: string, register: Registry): Shared | undefined {
  const run = findRun(application);
  if (run === undefined) return undefined;
  if (process.platform === 'win32') {
    warnOnce('metrics are those of one process', new Error('sharing them needs files that Windows does not have'));
    return undefined;
  }
  return share(application, register, run);
}

function share(application: string, register: Registry, run: Run): Shared {
  const exact = new Map<ClientMetric, () => void>();
  /** What the others had at the last refresh: counters keep these values up to date by themselves. */
  const latest = new Map<ClientMetric, readonly Value[]>();
  const merger = new Merger({ application });
  let counts: Counts | undefined;
  let alone = false;

  // No other process can be heard: each series gets a label that makes it true for this one. For good, because counts
  // that went from these series to the shared ones would be counted twice.
  function separate(error: unknown): void {
    alone = true;
    counts = undefined;
    register.setDefaultLabels({ application, worker: `pid-${process.pid}` });
    warnOnce('metrics are not shared between processes', error);
  }

  function open(): Counts | undefined {
    if (counts || alone) return counts;
    try {
      counts = new Counts(run);
      for (const start of exact.values()) start();
    } catch (error) {
      separate(error);
    }
    return counts;
  }

  function metrics(): ClientMetric[] {
    return register.getMetricsAsArray() as unknown as ClientMetric[];
  }

  /** Brings everything up to date that is not written through, and gives the gauges. */
  async function refresh(): Promise<Gauges> {
    const gauges: Gauges['gauges'][number][] = [];
    const read = async (metric: ClientMetric): Promise<void> => {
      const { name, help, type, aggregator } = metric;
      if (exact.has(metric)) return;
      const { values } = await metric.get();
      if (type === 'gauge') gauges.push({ name, help, aggregator, values: values.map(toJson) });
      else raise(metric, values);
    };
    const failed = (error: unknown): void => warnOnce('a metric could not be collected', error);
    await Promise.all(metrics().map((metric) => read(metric).catch(failed)));
    return { owner: run.owner, gauges };
  }

  function raise(metric: ClientMetric, values: readonly Value[]): void {
    const { name, help, type } = metric;
    latest.set(metric, values);
    for (const { labels, bounds, cells } of samplesOf(type, values)) {
      if (counts) counts.raise(counts.row(name, type, help, labels, bounds), cells);
    }
  }

  async function publish(): Promise<{ counts: Counts; gauges: Gauges } | undefined> {
    try {
      open()?.check();
    } catch (error) {
      separate(error);
    }
    const gauges = await refresh();
    const current = counts;
    if (!current) return undefined;
    const file = `${current.slot.path}.gauges`;
    const shared = attempt(() => {
      writeFileSync(`${file}.new`, JSON.stringify(gauges), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      return true;
    });
    current.report(shared ?? false);
    return { counts: current, gauges };
  }

  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    const done = (): void => {
      busy = false;
    };
    publish().then(done, done);
  }, PERIOD_MS);
  timer.unref();

  process.once('exit', () => {
    for (const [metric, values] of latest) if (metric.type === 'counter') raise(metric, values);
    // Reaches the files when the process ends by itself, not with process.exit().
    if (counts) refresh().catch(() => undefined);
  });

  return {
    track(metric) {
      const target = metric as unknown as ClientMetric;
      // Exemplars change the arguments; a metric that is collected has its values only then.
      if (target.type === 'gauge' || target.collect || target.enableExemplars) return;
      exact.set(target, writeThrough(target, open));
    },

    async exposition() {
      const own = await publish();
      if (!own) {
        return `${await register.metrics()}
${renderHeader(UP)}${UP.name}{application="${application}"} 0
`;
      }
      // The others find out within a second that their files are gone: until then the sum would be too small.
      const wait = own.counts.restored + 1.5 * PERIOD_MS - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      return merger.merge(listSlots(run), own.counts.slot.path, own.gauges, metrics());
    },
  };
}

/** Wraps the updates of a metric. Gives what makes the series that a metric without labels has from the start. */
function writeThrough(metric: ClientMetric, open: () => Counts | undefined): () => void {
  const { name, help, type, labelNames } = metric;
  const bounds = type === 'counter' ? null : (metric.upperBounds ?? []);
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
    branch.row ??= counts.row(name, type, help, labels, bounds);
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
    const value = Number((labels ? second : first) ?? 1);
    const counts = open();
    if (counts && Number.isFinite(value)) counts.add(rowOf(labels ?? {}, counts), value);
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
      const labels =
        labelsOf(values[0]) ?? Object.fromEntries(labelNames.map((label, index) => [label, values[index]]));
      return { ...child(...values), observe: (value: unknown) => metric.observe(labels, value) };
    };
  }
  return () => {
    if (labelNames.length === 0) start({});
  };
}

/** The cells of a metric's series out of the client's values. */
function samplesOf(
  type: string,
  values: readonly Value[],
): { labels: object; bounds: readonly number[] | null; cells: readonly number[] }[] {
  if (type === 'counter') return values.map(({ labels, value }) => ({ labels, bounds: null, cells: [value] }));
  const samples = [];
  let bounds: number[] = [];
  let buckets: number[] = [];
  let below = 0;
  let sum = 0;
  // Both clients give, for each series, the buckets in order, the sum, and the count as the last.
  for (const { metricName = '', labels, value } of values) {
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
function toJson({ labels, value }: Value): { labels: object; value: number | string } {
  return { labels, value: Number.isFinite(value) ? value : String(value) };
}
