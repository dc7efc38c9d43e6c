import { distinct, falls, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';

/** What shows that scrapes come from several registries: the total goes up and down. Undefined when it does not. */
export function severalViews(counter: string, ...series: readonly (readonly Exposition[])[]): string | undefined {
  for (const expositions of [...series].reverse()) {
    const totals = expositions.map((exposition) => sumOf(exposition, counter));
    if (falls(totals) > 0) {
      return `${distinct(totals).length} different totals of ${counter} in ${totals.length} scrapes, up and down`;
    }
  }
  return undefined;
}
