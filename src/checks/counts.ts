import type { Exposition, Sample } from './exposition.js';

/** Reading sums and differences out of expositions. */

/** Labels that tell one process or instance from another, and say nothing about the request. */
const processLabels: ReadonlySet<string> = new Set([
  'worker',
  'worker_id',
  'pid',
  'process',
  'instance',
  'pod',
  'hostname',
  'host',
  'slot',
]);

/** Names of metrics about a process, which traffic moves as well. */
export const aboutProcess = /^(?:process|nodejs|python|go|promhttp|prometheus|scrape|pm2|redis)_/;

/** One series' identity: name and labels. */
export function seriesKey({ name, labels }: Sample): string {
  return name + labelsKey(labels);
}

/** A text that is the same for the same labels, in any order, without the ones named. */
export function labelsKey(
  labels: Readonly<Record<string, string>>,
  without: (label: string) => boolean = () => false,
): string {
  const kept = Object.entries(labels).filter(([label]) => !without(label));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function isProcessLabel(label: string): boolean {
  return processLabels.has(label);
}

/** Whether a family is about a process, so that a label `worker` means one that serves, and not one that works off a queue. */
export function isOfProcess({ name }: Sample): boolean {
  return /(?:^|_)(?:process|nodejs|python)_|requests?_in_(?:progress|flight)/.test(name);
}

/** The processes that a sample's labels name: by pid, or by another label where the family is about processes. */
export function processesOf(sample: Sample): string[] {
  const means = (label: string) => label === 'pid' || (isProcessLabel(label) && isOfProcess(sample));
  return Object.entries(sample.labels).flatMap(([label, value]) => (means(label) ? [value] : []));
}

/** All samples of a name. */
export function samplesOf(exposition: Exposition, name: string): Sample[] {
  return exposition.samples.filter((sample) => sample.name === name);
}

/** How many values the series has that has most; other processes that a service tells of have series of their own. */
export function mostValues(samples: readonly Sample[]): number {
  const values = new Map<string, Set<number>>();
  for (const sample of samples) {
    const own = values.get(seriesKey(sample)) ?? new Set();
    values.set(seriesKey(sample), own.add(sample.value));
  }
  return Math.max(0, ...[...values.values()].map(({ size }) => size));
}

/** The sum over all samples of a name; 0 when there is none. */
export function sumOf(exposition: Exposition, name: string): number {
  return exposition.samples.reduce((sum, sample) => (sample.name === name ? sum + sample.value : sum), 0);
}

/** Every series with its value. */
export function valuesOf(samples: readonly Sample[]): Map<string, number> {
  return new Map(samples.map((sample) => [seriesKey(sample), sample.value]));
}

/** The type of the family that a sample belongs to; `untyped` where none is told. */
export function typeOf(exposition: Exposition, name: string): string {
  const own = exposition.families.get(name);
  if (own !== undefined) return own.type;
  const base = exposition.families.get(name.replace(/_(?:bucket|count|sum|total|created|info)$/, ''));
  return base?.type ?? 'untyped';
}

/** The samples that may only rise: counters, the counts and buckets of histograms, the counts of summaries. */
export function risingSamples(exposition: Exposition): Sample[] {
  const rising = new Map<string, boolean>();
  const names = new Set(exposition.samples.map(({ name }) => name));
  return exposition.samples.filter(({ name }) => {
    const known = rising.get(name);
    if (known !== undefined) return known;
    const result = isRising(typeOf(exposition, name), name, names);
    rising.set(name, result);
    return result;
  });
}

/** Micrometer's long tasks: the number under way, as the count of a summary or of a histogram. */
export const aboutActive = /_active_seconds(?:_count|_bucket|_sum)?$/;

function isRising(type: string, name: string, names: ReadonlySet<string>): boolean {
  if (aboutActive.test(name)) return false;
  if (type === 'counter') return !name.endsWith('_created');
  if (type === 'histogram') return /_(?:bucket|count)$/.test(name);
  if (type === 'summary') return name.endsWith('_count');
  if (type !== 'untyped' && type !== 'unknown') return false;
  // `threads_count` without a type may be a gauge; beside a `_sum` it is a count.
  if (name.endsWith('_count')) return names.has(name.replace(/_count$/, '_sum'));
  return /_(?:bucket|total)$/.test(name);
}

/** How often a number is smaller than the one before it. */
export function falls(numbers: readonly number[]): number {
  return numbers.filter((number, index) => number < (numbers[index - 1] ?? number)).length;
}

export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

/** "1 request", "3 requests", "2 processes", "4 series". */
export function countOf(number: number, noun: string): string {
  return `${number.toLocaleString('en-GB')} ${number === 1 || noun.endsWith('series') ? noun : plural(noun)}`;
}

function plural(noun: string): string {
  return noun.endsWith('s') ? `${noun}es` : noun.replace(/([^aeiou])y$/, '$1ie').concat('s');
}
