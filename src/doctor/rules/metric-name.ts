import type { MetricDeclaration, MetricName } from '../../project/code/metrics.js';
import type { Facts } from '../facts.js';
import type { Rule } from '../rule.js';

/** Prometheus' documentation, "Metric and label naming", and what `promtool check metrics` says. */
export const metricName: Rule = {
  id: 'metric-name',
  title: 'a name that says another type or unit',
  severity: 'warning',
  why: 'People and tools read type and unit off the name: a dashboard takes rate() of what ends in _total and labels an axis by the unit; names that a histogram makes itself collide with it.',
  mend: 'Name it <what>_<unit> in base units (seconds, bytes), a counter <what>_<unit>_total. A new name is a new metric: change the dashboards and rules with it.',
  *find({ metrics }: Facts) {
    for (const metric of metrics) {
      const fault = metric.name === undefined ? undefined : faultOf(metric, metric.name);
      if (fault !== undefined) yield { node: metric.node, message: fault };
    }
  },
};

/** A duration at the end of a name, where its unit should be; an average or a quantile of one, too. */
const duration =
  /(?:^|_)(?:duration|latency|timings?|elapsed(?:_time)?|(?:response|request|processing|execution|wait|queue|query|load)_?time)(?:_(?:avg|average|mean|min|max|p\d{2,3}))?$/i;

function faultOf({ type }: MetricDeclaration, { text, isEnd }: MetricName): string | undefined {
  const name = isEnd ? `…${text}` : text;
  if (!isEnd && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(text))
    return `${name} is not a valid name: letters, digits and _ only`;
  const reserved = /_(?:bucket|count|sum)$/.exec(text)?.[0];
  if (reserved !== undefined && (type === 'Histogram' || type === 'Summary' || reserved === '_bucket')) {
    return `${name} ends in ${reserved}, which the series of histograms and summaries end in`;
  }
  if (type === 'Counter' && !text.endsWith('_total')) return `the counter ${name} does not end in _total`;
  if (type !== 'Counter' && text.endsWith('_total'))
    return `${name} ends in _total, but it is a ${type.toLowerCase()}, not a counter`;
  if (type === 'Counter') return undefined;
  if (duration.test(text)) {
    return `${name} does not say its unit`;
  }
  return undefined;
}
