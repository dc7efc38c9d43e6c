import { ts } from 'ts-morph';
import { literalValue, propertyValue } from '../../languages/typescript/object-literal.js';
import type { Rule } from '../rule.js';
import { named } from './registry-per-worker.js';

const quantiles = 'the quantiles of each process that';

/** Measured: four workers with a median of 0.5 are shown as a median of 2. */
export const summaryInCluster: Rule = {
  id: 'summary-in-cluster',
  title: 'a summary in several processes',
  severity: 'error',
  why: 'Quantiles of several processes cannot be made into one: prom-client adds them up, so four medians of 0.5 become 2.',
  mend: 'Use a histogram: its buckets add up, and histogram_quantile() takes the quantile from the sum.',
  *find({ metrics, middlewares, serving, program }) {
    for (const { call, option } of middlewares) {
      const several = serving.find(({ runs }) => runs(program.pathOf(call)));
      if (several === undefined || literalValue(option('metricType')) !== 'summary') continue;
      yield { node: call, message: `${quantiles} ${named(several)} starts are its own` };
    }
    for (const { type, node, options } of metrics) {
      if (type !== 'Summary') continue;
      const several = serving.find(({ runs }) => runs(program.pathOf(node)));
      const percentiles = options && propertyValue(options, ['percentiles']);
      const hasNone =
        percentiles !== undefined && ts.isArrayLiteralExpression(percentiles) && percentiles.elements.length === 0;
      if (several !== undefined && !hasNone) {
        yield { node, message: `${quantiles} ${named(several)} starts are its own` };
      }
    }
  },
};
