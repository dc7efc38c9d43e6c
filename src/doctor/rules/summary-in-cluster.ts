import { ts } from 'ts-morph';
import { propertyValue } from '../../languages/typescript/object-literal.js';
import type { Rule } from '../rule.js';
import { named } from './registry-per-worker.js';

/** Measured: four workers with a median of 0.5 are shown as a median of 2. */
export const summaryInCluster: Rule = {
  id: 'summary-in-cluster',
  title: 'a summary in several processes',
  severity: 'error',
  why: 'Quantiles of several processes cannot be made into one: prom-client adds them up, so four medians of 0.5 become 2.',
  mend: 'Use a histogram: its buckets add up, and histogram_quantile() takes the quantile from the sum.',
  *find({ metrics, serving, program }) {
    for (const { type, node, options } of metrics) {
      if (type !== 'Summary') continue;
      const several = serving.find(({ runs }) => runs(program.pathOf(node)));
      const percentiles = options && propertyValue(options, ['percentiles']);
      const hasNone =
        percentiles !== undefined && ts.isArrayLiteralExpression(percentiles) && percentiles.elements.length === 0;
      if (several !== undefined && !hasNone) {
        yield { node, message: `the quantiles of each process that ${named(several)} starts are its own` };
      }
    }
  },
};
