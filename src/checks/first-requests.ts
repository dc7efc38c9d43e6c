import { CheckError } from './check.js';
import { sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import type { Answer } from './service.js';
import { severalViews } from './several-views.js';

/** What is done to the service while it is observed. */
export interface Eyes {
  scrape(): Promise<Exposition>;
  request(path: string): Promise<Answer>;
  pause(milliseconds: number): Promise<void>;
  readonly path: string;
  /** Whether a scrape takes so long that there cannot be many. */
  readonly isSlow: boolean;
}

/** A slow service gets fewer requests: after the first time only the first dozen, after the second no more. */
const slowMs = 2_000;
const longestMs = 8_000;
/** Some publish their counts now and then; longer than this is not waited for. */
const latestMs = 6_000;
const pollMs = 50;
/** A server counts a response a moment after the client has read its end. */
const momentMs = 150;
/** How many more requests have to be counted at once before it is believed that all are. */
const again = 4;
/**
 * Where a request goes (1), and where a scrape (0). Workers that take turns, 2 to 16 of them, get different numbers of
 * requests by it, also when it ends early, after the first dozen: with equal numbers their own registries would look like a
 * common one.
 */
export const pattern = '1000101110100101001001001001101110011111100111100000000111001001';

/**
 * Sends the first requests, which make the series, and tell which they are.
 *
 * @returns the answers until one failed: the checks that send requests will say that
 */
export async function firstRequests(eyes: Eyes): Promise<Answer[]> {
  const begin = performance.now();
  const answers: Answer[] = [];
  const kinds = [...pattern].filter((kind) => kind === '1' || !eyes.isSlow);
  for (const [index, kind] of kinds.entries()) {
    if (performance.now() > begin + (index >= 12 ? slowMs : longestMs)) break;
    if (kind === '0') {
      if ((await tried(eyes.scrape())) === undefined) break;
    } else {
      const answer = await tried(eyes.request(eyes.path));
      if (answer === undefined) break;
      answers.push(answer);
    }
  }
  return answers;
}

async function tried<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CheckError) return undefined;
    throw error;
  }
}

export interface Counted {
  /** The scrapes from the last request on. */
  readonly scrapes: readonly Exposition[];
  /** How long after its answer a request may be counted, in milliseconds; 0 where that is at once, or never. */
  readonly afterMs: number;
}

/**
 * Scrapes until the first requests are counted, and learns how long that takes where it is not at once: a service that
 * publishes its counts now and then has lost nothing.
 *
 * @param before scrapes before the requests
 * @param counterIn finds the counter; throws a CheckError while there is none
 */
export async function untilCounted(
  eyes: Eyes,
  before: readonly Exposition[],
  requests: number,
  counterIn: (scrapes: readonly Exposition[]) => string,
): Promise<Counted> {
  const scrapes: Exposition[] = [];
  const isCounted = (number: number): boolean => {
    const counter = nameOf(() => counterIn(scrapes));
    return counter !== undefined && largest(scrapes, counter) >= largest(before, counter) + number;
  };
  // Several registries never show all of it.
  const isSeveral = (): boolean => {
    const counter = nameOf(() => counterIn(scrapes));
    return counter !== undefined && severalViews(counter, scrapes) !== undefined;
  };
  /** How long it takes; undefined when it cannot be learnt. */
  const wait = async (number: number): Promise<number | undefined> => {
    const begin = performance.now();
    for (let isFirst = true; ; isFirst = false) {
      scrapes.push(await eyes.scrape());
      if (isCounted(number)) return isFirst ? 0 : performance.now() - begin;
      if (isSeveral() || performance.now() > begin + latestMs) return undefined;
      await eyes.pause(pollMs);
    }
  };
  let longest = requests === 0 ? undefined : await wait(requests);
  if (longest === undefined) return { scrapes, afterMs: 0 };
  // It may have published just now, by chance: then what came before says nothing.
  const most = eyes.isSlow ? Math.sign(longest) : again;
  for (let more = 1; more <= most; more += 1) {
    // It was waited for until it published: this one waits for the whole time until the next.
    const isWhole = longest > momentMs;
    const waited = (await tried(eyes.request(eyes.path))) && (await wait(requests + more));
    longest = Math.max(longest, waited ?? 0);
    if (waited === undefined || isWhole) break;
  }
  return { scrapes, afterMs: longest > momentMs ? longest : 0 };
}

function nameOf(find: () => string): string | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof CheckError) return undefined;
    throw error;
  }
}

function largest(expositions: readonly Exposition[], name: string): number {
  return Math.max(0, ...expositions.map((exposition) => sumOf(exposition, name)));
}
