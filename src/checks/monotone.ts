import type { Check } from './check.js';
import { aboutProcess, countOf, risingSamples, valuesOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass } from './finding.js';
import { requireAnswers, sendFor } from './load.js';
import type { Service } from './service.js';

const seconds = 3;
const perSecond = 100;
const betweenScrapesMs = 50;

export const monotone: Check = {
  id: 'monotone',
  title: 'No counter falls under load',
  expected: 'no counter series is ever smaller than in the scrape before',
  needsRest: false,
  disturbs: false,
  cannotRun: ({ several, oneInstance, unrest }) => (several === undefined || oneInstance ? undefined : unrest),
  async run(service) {
    const watch = new FallWatch(service.metrics.counter);
    let loading = true;
    const load = sendFor(service, seconds, perSecond).finally(() => {
      loading = false;
    });
    const [sent] = await Promise.all([load, watchWhile(service, watch, () => loading)]);
    requireAnswers(sent);
    const measured = `${countOf(watch.falls, 'fall')} of ${countOf(watch.series, 'series')} in ${countOf(watch.scrapes, 'scrape')} under ${countOf(sent.sent, 'request')}`;
    if (watch.falls === 0) return pass(measured);
    if (watch.fallen.every((name) => aboutProcess.test(name))) {
      return fail(
        `${measured}; such as ${watch.first}`,
        'Each scrape shows the processor time and memory of whichever worker answered it (ProcessCollector or GC_COLLECTOR beside MultiProcessCollector do that): rate() takes every fall for a restart. Sum them over the workers, as npx add-prom-metrics does, or leave them out.',
      );
    }
    return fail(
      `${measured}; such as ${watch.first}`,
      'A counter that falls is a reset to rate() and increase(): they add its whole value again. It comes from workers with a registry each, or from an aggregation that loses the counts of workers that have gone (AggregatorRegistry): npx add-prom-metrics keeps them.',
    );
  },
};

async function watchWhile(service: Service, watch: FallWatch, going: () => boolean): Promise<void> {
  do {
    watch.see(await service.scrape());
    await service.pause(betweenScrapesMs);
  } while (going());
  watch.see(await service.scrape());
}

/** Compares the value of each series with the one in the scrape before. */
export class FallWatch {
  falls = 0;
  scrapes = 0;
  first = '';
  readonly #last = new Map<string, number>();
  readonly #fallen = new Set<string>();
  readonly #counter: string;
  readonly #ignored: (name: string) => boolean;

  /**
   * @param counter the one whose fall is told rather than that of another
   * @param ignored names of samples that may fall
   */
  constructor(counter = '', ignored: (name: string) => boolean = () => false) {
    this.#counter = counter;
    this.#ignored = ignored;
  }

  /** The names of the samples that fell. */
  get fallen(): readonly string[] {
    return [...this.#fallen];
  }

  /** The series that were seen. */
  get series(): number {
    return this.#last.size;
  }

  see(exposition: Exposition): void {
    this.scrapes += 1;
    for (const [key, value] of valuesOf(risingSamples(exposition))) {
      const before = this.#last.get(key);
      if (before !== undefined && value < before) this.#fell(key, before, value);
      this.#last.set(key, value);
    }
  }

  #fell(key: string, before: number, value: number): void {
    const name = key.slice(0, key.indexOf('['));
    if (this.#ignored(name)) return;
    this.falls += 1;
    this.#fallen.add(name);
    if (this.first === '' || (name === this.#counter && !this.first.startsWith(`${name} `))) {
      this.first = `${name} from ${before} to ${value}`;
    }
  }
}
