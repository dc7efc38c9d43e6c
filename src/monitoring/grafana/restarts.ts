import type { Metric } from '../../metrics/metric.js';
import { selector, sumBy } from '../promql.js';
import { type Description, legend, lines, series } from './chart.js';
import { byInstance, type Context, RATE } from './context.js';
import type { Panel } from './model.js';

/** How many processes of each instance started anew, around each point. */
export function restarts({ name }: Metric, { chosen }: Pick<Context, 'chosen'>): string {
  return sumBy(`changes(${selector(name, chosen)}[${RATE}])`, byInstance);
}

/** The panel of it. */
export function restartsPanel(
  startTime: Metric,
  context: Context,
  words: Pick<Description, 'id' | 'title' | 'description' | 'size'>,
): Panel {
  return lines({
    ...words,
    unit: 'short',
    min: 0,
    queries: [series(restarts(startTime, context), legend(byInstance))],
  });
}
