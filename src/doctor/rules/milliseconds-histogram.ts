import { ts } from 'ts-morph';
import { literalValue } from '../../languages/typescript/object-literal.js';
import { constantOf } from '../../project/code/constants.js';
import type { MetricDeclaration } from '../../project/code/metrics.js';
import { isMilliseconds } from '../code/durations.js';
import { sameMetric } from '../code/same-metric.js';
import type { Facts } from '../facts.js';
import type { Fault, Rule } from '../rule.js';

/** Prometheus' documentation, "Metric and label naming": base units, seconds for time. */
export const millisecondsHistogram: Rule = {
  id: 'milliseconds-histogram',
  title: 'a duration in milliseconds',
  severity: 'warning',
  why: 'Prometheus counts time in seconds: dashboards, alert rules and the metrics of other services, which this one is compared to or added to, are off by a factor of 1,000.',
  mend: 'Observe seconds (startTimer() does, or divide by 1000), with buckets such as 0.05, 0.1, 0.5, 1, 5 and a name that ends in _seconds.',
  *find(facts) {
    for (const metric of facts.metrics) {
      if (metric.type !== 'Histogram' && metric.type !== 'Summary') continue;
      const observed = facts.updates.find(
        ({ method, value, metric: expression }) =>
          method === 'observe' &&
          value !== undefined &&
          isMilliseconds(value, facts.program) &&
          sameMetric(expression, metric, facts.program),
      );
      const fault = observed?.value === undefined ? undefined : wrongScale(metric, observed.value);
      yield* fault === undefined ? consistent(metric, observed !== undefined, facts) : [fault];
    }
  },
};

/** Milliseconds in buckets that are meant for seconds. */
function wrongScale(metric: MetricDeclaration, value: ts.Expression): Fault | undefined {
  const name = metric.name?.text ?? '';
  if (/_seconds$/.test(name)) {
    return { node: value, severity: 'error', message: `${name} is given milliseconds` };
  }
  if (metric.type !== 'Histogram' || metric.options === undefined || metric.option('buckets') !== undefined)
    return undefined;
  if (metric.options.properties.some(ts.isSpreadAssignment)) return undefined;
  return {
    node: value,
    severity: 'error',
    message: 'these are milliseconds, and the default buckets end at 10: nearly all land above the last',
  };
}

function* consistent(metric: MetricDeclaration, isObserved: boolean, facts: Facts): Generator<Fault> {
  const name = metric.name?.text ?? '';
  const inName = /_(?:ms|msec|millis|milliseconds)$/.test(name);
  const isDuration = /duration|latency|_time|response|request|elapsed/i.test(`${name} ${nameOfHelp(metric)}`);
  const highest = metric.type === 'Histogram' ? highestBucket(metric, facts) : undefined;
  const inHelp = /\b(?:ms|millis|milliseconds?)\b/i.test(nameOfHelp(metric));
  const inBuckets =
    highest !== undefined &&
    highest >= 500 &&
    isDuration &&
    !/_(?:seconds|minutes|hours|days|bytes|size|length|count)\b/.test(name);
  if (inName) yield { node: metric.node, message: `${name} is in milliseconds` };
  else if (inBuckets && (inHelp || isObserved || isRoundMilliseconds(metric, facts))) {
    yield { node: metric.node, message: `its buckets go up to ${highest}, so it is in milliseconds` };
  } else if (isObserved) yield { node: metric.node, message: 'it is given milliseconds' };
}

function nameOfHelp(metric: MetricDeclaration): string {
  const help = metric.option('help');
  const value = help && literalValue(help);
  return typeof value === 'string' ? value : '';
}

function bucketsOf(metric: MetricDeclaration, { program }: Facts): number[] {
  const buckets = metric.option('buckets');
  const list = buckets && constantOf(buckets, program);
  if (list === undefined || !ts.isArrayLiteralExpression(list)) return [];
  return list.elements.flatMap((element) => {
    const value = literalValue(element);
    return typeof value === 'number' ? [value] : [];
  });
}

function highestBucket(metric: MetricDeclaration, facts: Facts): number | undefined {
  const buckets = bucketsOf(metric, facts);
  return buckets.length === 0 ? undefined : Math.max(...buckets);
}

/** No bound below 1, and none that is no round number: nobody waits 500 s for a response. */
function isRoundMilliseconds(metric: MetricDeclaration, facts: Facts): boolean {
  const buckets = bucketsOf(metric, facts);
  return (
    buckets.length > 2 &&
    buckets.every((bound) => Number.isInteger(bound)) &&
    buckets.some((bound) => bound >= 50 && bound <= 500)
  );
}
