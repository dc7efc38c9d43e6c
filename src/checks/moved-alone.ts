import { countOf } from './counts.js';
import type { Exposition } from './exposition.js';
import type { Service } from './service.js';

/** Orchestrators probe every 10 s where nobody says otherwise. */
const watchMs = 11_000;
const pollMs = 500;

/**
 * Watches whether a number rises while nothing is sent. The 3 s before the first check do not meet everybody who uses a
 * service now and then.
 *
 * @returns what was seen, as the reason of a skip; undefined when it stayed as it was
 */
export async function movedAlone(
  service: Service,
  read: (exposition: Exposition) => number,
): Promise<string | undefined> {
  const first = read(await service.scrape());
  const begin = performance.now();
  while (performance.now() < begin + watchMs) {
    await service.pause(pollMs);
    const rise = read(await service.scrape()) - first;
    if (rise <= 0) continue;
    const seconds = Math.ceil((performance.now() - begin) / 1000);
    return `${service.metrics.counter} moved by ${rise} within ${countOf(seconds, 'second')} without a request of ours: others use the service`;
  }
  return undefined;
}
