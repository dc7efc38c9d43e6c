import { UsageError } from '../errors.js';
import { type Exposed, takenNames } from '../metrics/catalogue.js';
import type { FoundMetrics, OwnMetrics } from '../project/declared-metrics.js';

/**
 * The metrics of the target's own code.
 *
 * @throws UsageError where the code declares what the generated code declares, too: the client would end the service at its
 * start
 */
export function refuseClashing(
  { metrics, problems, clashing }: FoundMetrics,
  { flavour, prefix = '' }: Pick<Exposed, 'flavour' | 'prefix'>,
): OwnMetrics {
  const [first] = clashing;
  if (first === undefined) return { metrics, problems };
  const { name, path, line } = first;
  // The prefix is for some of the default metrics only.
  const isPrefixed = !takenNames({ flavour, prefix: `${prefix}other_` }).has(name);
  throw new UsageError(
    `The code already declares ${name}, which is the name of a default metric: ${path}, line ${line}.`,
    isPrefixed
      ? 'Give the default metrics a prefix (--prefix <prefix>), or take this one out: they would count it, too.'
      : 'Take this one out, or give it another name: the default metrics have it, too.',
  );
}
