/**
 * Exact counting over several processes: cluster workers, PM2's, or any when PROMETHEUS_MULTIPROC_DIR is set.
 *
 * Each process writes its counts into files of its own (slots.ts) as it counts, any of them reads all of them (merge.ts).
 * Three things make the sum right when workers come and go: each cell has one writer and never falls; nothing is removed
 * while the service runs, and a new worker goes on from a dead one's values; nothing is shown that is not in a file.
 *
 * Metrics given to `track` are exact also when a process is killed. The others of the registry (the client's own,
 * third-party ones) are brought up to date once a second and at the worker's own scrape; those with a `collect` function
 * every 15 seconds and at that scrape.
 *
 * What it cannot do: count a response whose process was killed before the event that counts it; survive a power
 * loss; add up containers (each is a target of its own).
 */
import { renameSync, writeFileSync } from 'fs';
import type { Metric, Registry } from 'prom-client';
import type { ClientMetric, Value } from './client.js';
import { samplesOf, toJson, writeThrough } from './client.js';
import { Counts } from './counts.js';
import type { Gauges } from './merge.js';
import { Merger, renderHeader, UP } from './merge.js';
import { warnOnce } from './process.js';
import type { Run } from './slots.js';
import { attempt, findRun, listSlots } from './slots.js';

/** The metrics of all processes of the service. */
export interface Shared {
  /** Makes a metric exact: each of its updates is written through. Call it right after the metric's construction. */
  track(metric: Metric<string>): void;
  /** Writes what a synchronous function adds to exact metrics in as few system calls as possible. */
  together(work: () => void): void;
  /** The metrics of all processes, in Prometheus' text format. Rejects when the files cannot be read. */
  exposition(): Promise<string>;
}

const PERIOD_MS = 1000;

/**
 * How often a metric with a `collect` function is collected without a scrape: at a usual scrape interval, since the work
 * may be dear (a query), and some, the client's event-loop lag among them, begin a new window at each collection.
 */
const COLLECT_SECONDS = 15;

/** A `collect` function that takes longer is not waited for: half of Prometheus' usual limit for a scrape. */
const SETTLE_MS = 5000;

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

/** Asks metrics for their values, and keeps those. */
function collector(): {
  values: WeakMap<ClientMetric, readonly Value[]>;
  collect(metric: ClientMetric): Promise<void>;
} {
  const values = new WeakMap<ClientMetric, readonly Value[]>();
  const running = new WeakMap<ClientMetric, Promise<void>>();

  async function ask(metric: ClientMetric): Promise<void> {
    try {
      values.set(metric, (await metric.get()).values);
    } catch (error) {
      values.set(metric, []);
      warnOnce('a metric could not be collected', error);
    }
    running.delete(metric);
  }

  // One that hangs is not asked again before it is through: its race is over, so nobody waits for it a second time.
  function collect(metric: ClientMetric): Promise<void> {
    const current = running.get(metric);
    if (current) return current;
    const race = new Promise<void>((resolve) => {
      const giveUp = (): void => {
        warnOnce(`${metric.name} is not up to date`, new Error('its collect function does not settle'));
        resolve();
      };
      const timer = setTimeout(giveUp, SETTLE_MS);
      timer.unref();
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      ask(metric).then(done, done);
    });
    running.set(metric, race);
    return race;
  }

  return { values, collect };
}

function share(application: string, register: Registry, run: Run): Shared {
  const exact = new Map<ClientMetric, () => void>();
  /** The values of the counters that are not exact, as the client gave them: it goes on counting in these objects. */
  const latest = new Map<ClientMetric, readonly Value[]>();
  const { values, collect } = collector();
  let dueAt = 0;
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
      // The others shall see this process's gauges now, not in a second.
      setImmediate(tick);
    } catch (error) {
      separate(error);
    }
    return counts;
  }

  function metrics(): ClientMetric[] {
    return register.getMetricsAsArray() as unknown as ClientMetric[];
  }

  /**
   * Brings everything up to date that is not written through, and gives the gauges. What has a `collect` function is
   * collected for a scrape and when it was not for a while; else it is given as it was.
   */
  async function refresh(isScrape: boolean): Promise<Gauges> {
    const now = process.uptime();
    const isDue = isScrape || now >= dueAt;
    if (isDue) dueAt = now + COLLECT_SECONDS;
    const others = metrics().filter((metric) => !exact.has(metric));
    const outdated = others.filter((metric) => isDue || !metric.collect || !values.has(metric));
    await Promise.all(outdated.map(collect));
    const gauges: Gauges['gauges'][number][] = [];
    for (const metric of others) {
      const { name, help, type, aggregator } = metric;
      const current = values.get(metric);
      if (!current) continue;
      try {
        if (type === 'gauge') gauges.push({ name, help, aggregator, values: current.map(toJson) });
        else raise(metric, current);
      } catch (error) {
        // One metric of an unknown form does not take the others out of the scrape.
        warnOnce(`${name} is left out`, error);
      }
    }
    return { owner: run.owner, gauges };
  }

  function raise(metric: ClientMetric, values: readonly Value[]): void {
    const { name, help, type } = metric;
    if (type === 'counter') latest.set(metric, values);
    for (const { labels, bounds, cells } of samplesOf(type, values)) {
      if (counts) counts.raise(counts.row(name, type, help, labels, bounds), cells);
    }
  }

  /** The counts, after what can be repaired was repaired; undefined where this process is alone. */
  function checked(): Counts | undefined {
    try {
      const opened = open();
      if (opened) opened.check();
    } catch (error) {
      separate(error);
    }
    return counts;
  }

  async function publish(): Promise<void> {
    const gauges = checked() && (await refresh(false));
    if (!counts || !gauges) return;
    const file = `${counts.slot.path}.gauges`;
    const shared = attempt(() => {
      writeFileSync(`${file}.new`, JSON.stringify(gauges), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      return true;
    });
    counts.report(shared === true);
  }

  let busy = false;
  function tick(): void {
    if (busy) return;
    busy = true;
    const done = (): void => {
      busy = false;
    };
    publish().then(done, done);
  }
  setInterval(tick, PERIOD_MS).unref();

  process.once('exit', () => {
    for (const [metric, values] of latest) raise(metric, values);
    // Reaches the files when the process ends by itself, not with process.exit().
    if (counts) refresh(true).catch(() => undefined);
  });

  return {
    track(metric) {
      const target = metric as unknown as ClientMetric;
      // Exemplars change the arguments; a metric that is collected has its values only then.
      if (target.type === 'gauge' || target.collect || target.enableExemplars) return;
      const start = writeThrough(target, open);
      exact.set(target, start);
      if (counts) start();
    },

    together(work) {
      const current = open();
      if (current) current.together(work);
      else work();
    },

    async exposition() {
      const gauges = checked() && (await refresh(true));
      if (!counts || !gauges) {
        const up = `${renderHeader(UP)}${UP.name}{application="${application}"} 0`;
        return `${await register.metrics()}\n${up}\n`;
      }
      const { restored, slot } = counts;
      // The others find out within a second that their files are gone: until then the sum would be too small.
      const wait = restored + 1.5 * PERIOD_MS - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      return merger.merge(listSlots(run), slot.path, gauges, metrics());
    },
  };
}
