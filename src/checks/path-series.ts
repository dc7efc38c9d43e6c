import { isProcessLabel, labelsKey, samplesOf } from './counts.js';
import type { Exposition } from './exposition.js';

/**
 * The series that belong to the path under test, found by what moved when requests were sent to it. Labels of the process
 * and of the status do not count: the same requests may be answered by another process, or with another status.
 */
export class PathSeries {
  readonly #keys: ReadonlySet<string>;
  readonly #others: ReadonlySet<string>;
  readonly #without: (label: string) => boolean;

  /**
   * @param keys labels as text; none: all series
   * @param others those of series that are not ours
   */
  private constructor(keys: ReadonlySet<string>, others: ReadonlySet<string>, without: (label: string) => boolean) {
    this.#keys = keys;
    this.#others = others;
    this.#without = without;
  }

  /**
   * @param name the counter, or a histogram's `_count`
   * @param before scrapes before the requests
   * @param after scrapes after them
   * @param others series that move by themselves, or with the scrapes
   */
  static find(
    name: string,
    before: readonly Exposition[],
    after: readonly Exposition[],
    others: ReadonlySet<string>,
    statusLabel: string | undefined,
  ): PathSeries {
    const without = withoutStatus(statusLabel);
    const moved = [...movedKeys(name, before, after, without)];
    const own = moved.filter((key) => !others.has(key));
    // Where no label tells ours from others, all of it is taken, and judged as far as it can be.
    return own.length > 0
      ? new PathSeries(new Set(own), others, without)
      : new PathSeries(new Set(moved), new Set(), without);
  }

  /** Whether one of these series is among them. */
  meets(keys: ReadonlySet<string>): boolean {
    return this.#keys.size === 0 ? keys.size > 0 : [...this.#keys].some((key) => keys.has(key));
  }

  /** The labels of each of these series, without those of process and status. */
  get labels(): Record<string, string>[] {
    return labelsOf(this.#keys);
  }

  /** The labels of each series that is not ours. */
  get otherLabels(): Record<string, string>[] {
    return labelsOf(this.#others);
  }

  total(exposition: Exposition, name: string): number {
    return samplesOf(exposition, name)
      .filter(({ labels }) => this.#keys.size === 0 || this.#keys.has(labelsKey(labels, this.#without)))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** The total of all series but those that move by themselves or with the scrapes. */
  totalOfOurs(exposition: Exposition, name: string): number {
    return samplesOf(exposition, name)
      .filter(({ labels }) => !this.#others.has(labelsKey(labels, this.#without)))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** The rise of the series that rose most, of all but those that move by themselves or with the scrapes. */
  largestRise(before: Exposition, after: Exposition, name: string): number {
    const earlier = sumsByKey(before, name, this.#without);
    const later = [...sumsByKey(after, name, this.#without)].filter(([key]) => !this.#others.has(key));
    return Math.max(0, ...later.map(([key, sum]) => sum - (earlier.get(key) ?? 0)));
  }
}

function labelsOf(keys: ReadonlySet<string>): Record<string, string>[] {
  return [...keys].map((key) => Object.fromEntries(JSON.parse(key) as [string, string][]));
}

/** The sums over a name's series whose labels are the same but for some. */
export function sumsByKey(
  exposition: Exposition,
  name: string,
  without: (label: string) => boolean,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of samplesOf(exposition, name)) {
    const key = labelsKey(labels, without);
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

export function withoutStatus(statusLabel: string | undefined): (label: string) => boolean {
  return (label) => label === statusLabel || isProcessLabel(label);
}

/** The series of a name, without some of their labels, whose largest value in `after` is above that in `before`. */
export function movedKeys(
  name: string,
  before: readonly Exposition[],
  after: readonly Exposition[],
  without: (label: string) => boolean,
  allowance = 0,
): Set<string> {
  const most = (expositions: readonly Exposition[]): Map<string, number> => {
    const values = new Map<string, number>();
    for (const exposition of expositions) {
      for (const [key, sum] of sumsByKey(exposition, name, without))
        values.set(key, Math.max(values.get(key) ?? 0, sum));
    }
    return values;
  };
  const earlier = most(before);
  const rises = [...most(after)].filter(([key, value]) => value > (earlier.get(key) ?? 0) + allowance);
  return new Set(rises.map(([key]) => key));
}
