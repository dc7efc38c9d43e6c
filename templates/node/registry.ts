import type { CounterConfiguration, GaugeConfiguration, HistogramConfiguration, Metric } from 'prom-client';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { Shared } from './multiprocess.js';
import { openShared } from './multiprocess.js';
import { isDisabled, shared } from './process.js';
import { settings } from './settings.js';

register.setDefaultLabels({ application: settings.application });
/** Set where several processes serve the application. */
const allProcesses: Shared | undefined = isDisabled()
  ? undefined
  : shared('all processes', () => openShared(settings.application, register));
const elsewhere = shared('elsewhere', () => new Map<string, () => Promise<string>>());

// Declaring a metric a second time gives the one that is there: a module may be evaluated again (hot reload, tests), and
// the client would throw. A name that is already a metric of another type does throw.

/** Declares a counter: a total that only grows. */
export function counter<T extends string = string>(options: CounterConfiguration<T>): Counter<T> {
  const known = register.getSingleMetric<T>(options.name);
  return known instanceof Counter ? known : declare(new Counter<T>(options));
}

/** Declares a gauge: a value that goes up and down. */
export function gauge<T extends string = string>(options: GaugeConfiguration<T>): Gauge<T> {
  const known = register.getSingleMetric<T>(options.name);
  return known instanceof Gauge ? known : declare(new Gauge<T>(options));
}

/** Declares a histogram: a distribution, counted in buckets. */
export function histogram<T extends string = string>(options: HistogramConfiguration<T>): Histogram<T> {
  const known = register.getSingleMetric<T>(options.name);
  return known instanceof Histogram ? known : declare(new Histogram<T>(options));
}

/** Every metric that is declared through this file passes here once, when it is new. */
function declare<M extends object>(metric: M): M {
  if (allProcesses !== undefined) allProcesses.track(metric as unknown as Metric<string>);
  return metric;
}

/** Runs a synchronous function that updates several metrics: where they are shared, that is cheaper than one by one. */
export function together(work: () => void): void {
  if (allProcesses) allProcesses.together(work);
  else work();
}

/** All metrics of all processes as text, in the format that `contentType` names. Rejects when a metric's `collect` fails. */
export function exposition(): Promise<string> {
  const own = allProcesses === undefined ? register.metrics() : allProcesses.exposition();
  if (elsewhere.size === 0) return own;
  const texts = [own].concat(Array.from(elsewhere.values(), (render) => render()));
  return Promise.all(texts).then((all) => all.join('\n'));
}

/** Puts a text behind each exposition: metrics that are not in the registry, and not added up over the processes. */
export function appendToExposition(topic: string, render: () => Promise<string>): void {
  elsewhere.set(topic, render);
}

/** The Content-Type of the exposition. */
export function contentType(): string {
  return register.contentType;
}

export { collectDefaultMetrics, register } from 'prom-client';
