import { Counter, Gauge, Registry } from 'prom-client';
import { declarations } from './declarations.js';
import { isDisabled, shared, warnOnce } from './process.js';
import type { Fields } from './redis-store.js';
import { store } from './redis-store.js';
import { appendToExposition, register } from './registry.js';
import { settings } from './settings.js';

// Metrics whose truth is in Redis: they outlive the processes, and every instance of the service changes and shows the
// same numbers. A scrape reads them once, whoever answers it, and they are never added up over processes. In PromQL:
// max(...), never sum(...), which would multiply them by the number of instances.

type Names<T extends string> = Partial<Record<T, string | number>>;

/** What to declare; as for the client's metrics. */
export interface RedisMetricOptions<T extends string> {
  /** Begins with `shared_`; that is put before it when it is missing. */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly T[];
}

/** A total in Redis. Its method returns at once, and never throws. */
export interface RedisCounter<T extends string> {
  inc(labels?: Names<T> | number, by?: number): void;
}

/** A value in Redis that goes up and down. Its methods return at once, and never throw. */
export interface RedisGauge<T extends string> {
  /** The last one counts, whichever instance it is from. */
  set(labels: Names<T> | number, value?: number): void;
  inc(labels?: Names<T> | number, by?: number): void;
  dec(labels?: Names<T> | number, by?: number): void;
}

type RedisMetric = Counter<string> | Gauge<string>;
type Change = (command: 'HINCRBYFLOAT' | 'HSET', labels: Names<string> | number, value: number) => void;

const PREFIX = 'shared_';
const SAME = 'The same number on every instance: use max, not sum.';
const { name: UP_NAME, help: UP_HELP } = declarations.redisUp;
const UP = `# HELP ${UP_NAME} ${UP_HELP}
# TYPE ${UP_NAME} gauge
${UP_NAME}{application="${settings.application}"} `;

/** Apart from the client's own registry, whose metrics are added up over the processes. */
const registry: Registry = shared('registry for Redis', () => {
  const made = new Registry();
  made.setDefaultLabels({ application: settings.application });
  return made;
});
const declared = shared('metrics in Redis', () => new Map<string, RedisMetric>());

/**
 * Declares a counter in Redis. Do it where every process does it at its start: a process shows what it knows of. Throws
 * when the name, or a label's, is not one, or is taken.
 */
export function redisCounter<T extends string = string>(options: RedisMetricOptions<T>): RedisCounter<T> {
  const change = declare(Counter, options);
  return { inc: (labels = {}, by = 1) => change('HINCRBYFLOAT', labels, by) };
}

/** Declares a gauge in Redis, as `redisCounter` does a counter. */
export function redisGauge<T extends string = string>(options: RedisMetricOptions<T>): RedisGauge<T> {
  const change = declare(Gauge, options);
  return {
    set: (labels, value = 0) => change('HSET', labels, value),
    inc: (labels = {}, by = 1) => change('HINCRBYFLOAT', labels, by),
    dec: (labels = {}, by = 1) =>
      typeof labels === 'number' ? change('HINCRBYFLOAT', -labels, by) : change('HINCRBYFLOAT', labels, -by),
  };
}

/** Sends what this process has not sent to Redis yet. Wait for it before process.exit(). False: it took over a second. */
export function saveRedisMetrics(): Promise<boolean> {
  return store.save();
}

function declare(Type: typeof Counter | typeof Gauge, options: RedisMetricOptions<string>): Change {
  const labelNames = Array.from(options.labelNames || []).sort();
  const name = options.name.startsWith(PREFIX) ? options.name : PREFIX + options.name;
  if (!(declared.get(name) instanceof Type)) {
    if (register.getSingleMetric(name) !== undefined)
      throw new Error(`there is a metric with the name ${name} already`);
    const help = `${options.help} ${SAME}`;
    declared.set(name, new Type({ name, help, labelNames, registers: [registry] }));
  }
  return (command, labels, value) => {
    if (isDisabled()) return;
    try {
      if (typeof labels === 'number') store.change(command, keyOf(name), '[]', checked(Type, labels));
      else store.change(command, keyOf(name), fieldOf(labelNames, labels), checked(Type, value));
    } catch (error) {
      warnOnce(`${name} was not changed`, error);
    }
  };
}

function checked(Type: typeof Counter | typeof Gauge, value: number): number {
  if (!Number.isFinite(value) || (Type === Counter && value < 0)) throw new Error(`the value ${value} is not possible`);
  return value;
}

function keyOf(name: string): string {
  return `prom:${settings.application}:${name}`;
}

/** A label set as the name of a field: always in the same order. */
function fieldOf(labelNames: readonly string[], labels: Names<string>): string {
  const unknown = Object.keys(labels).find((name) => !labelNames.includes(name));
  if (unknown !== undefined) throw new Error(`it has no label ${unknown}`);
  const names = labelNames.filter((name) => labels[name] !== undefined);
  return JSON.stringify(names.map((name) => [name, String(labels[name])]));
}

/** Never rejects: the rest of the scrape is there when Redis is away, too. */
function exposition(): Promise<string> {
  const metrics = Array.from(declared);
  return store
    .read(metrics.map(([name]) => keyOf(name)))
    .then((hashes) => {
      registry.resetMetrics();
      for (const [index, [, metric]] of metrics.entries()) show(metric, hashes[index] || []);
      return registry.metrics();
    })
    .then(
      (text) => `${text}\n${UP}1\n`,
      (error: unknown) => {
        warnOnce('metrics in Redis cannot be read', error);
        return `${UP}0\n`;
      }
    );
}

function show(metric: RedisMetric, fields: Fields): void {
  for (const [field, value] of fields) {
    try {
      metric.inc(labelsOf(field), Number(value));
    } catch (error) {
      warnOnce('a number in Redis is not shown', error);
    }
  }
}

/** Throws when somebody else wrote the field. */
function labelsOf(field: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of JSON.parse(field) as [string, string][]) labels[name] = value;
  return labels;
}

if (!isDisabled()) appendToExposition('Redis', exposition);
