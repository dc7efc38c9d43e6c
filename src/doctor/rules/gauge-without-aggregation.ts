import { ts } from 'ts-morph';
import type { MetricDeclaration } from '../../project/code/metrics.js';
import { sameMetric } from '../code/same-metric.js';
import type { Serving } from '../code/serving.js';
import type { Facts } from '../facts.js';
import type { Rule } from '../rule.js';

/** Words in a gauge's name that say that it is not an amount: two of them added up mean nothing. */
const noAmount =
  /(?:^|_)(?:info|version|build|timestamp|time_seconds|uptime|ratio|percent|percentage|utili[sz]ation|temperature|status|state|up|healthy|health|ready|enabled|leader|lag|delay|age|limit|max|min|avg|average|mean|median|p\d\d|last)(?:_|$)/;

/** prom-client adds up what has no `aggregator`. */
export const gaugeWithoutAggregation: Rule = {
  id: 'gauge-without-aggregation',
  title: 'a gauge that is added up over the workers and must not be',
  severity: 'warning',
  why: 'Without aggregator, prom-client adds up the values of all workers: four workers that were started at 1.7e9 show a start time of 6.8e9, and four that are healthy (1) show 4.',
  mend: "Say how the workers' values become one: aggregator: 'max', 'min', 'average', 'first' or 'omit'; 'sum' where the sum is meant.",
  *find(facts) {
    const { aggregators, serving, program } = facts;
    for (const metric of facts.metrics) {
      if (metric.type !== 'Gauge' || metric.option('aggregator') !== undefined || metric.options === undefined)
        continue;
      if (metric.options.properties.some(ts.isSpreadAssignment)) continue;
      const path = program.pathOf(metric.node);
      const isAddedUp = ({ runs }: Serving) => runs(path) && aggregators.some((node) => runs(program.pathOf(node)));
      if (!serving.some(isAddedUp)) continue;
      const reason = reasonAgainstSum(metric, facts);
      if (reason !== undefined) yield { node: metric.node, message: `${reason}, and the workers' values are added up` };
    }
  },
};

function reasonAgainstSum(metric: MetricDeclaration, facts: Facts): string | undefined {
  const name = metric.name?.text;
  if (name !== undefined && noAmount.test(name)) return `${name} is not an amount`;
  const isTime = facts.updates.some(
    (update) => update.type === 'Gauge' && sameMetric(update.metric, metric, facts.program) && setsTime(update),
  );
  return isTime ? 'it is set to a time' : undefined;
}

function setsTime({ method, value }: Facts['updates'][number]): boolean {
  if (method === 'setToCurrentTime') return true;
  return (
    method === 'set' &&
    value !== undefined &&
    /^(?:Math\.\w+\()?Date\.now\(\)(?:\s*\/\s*1000)?\)?$/.test(value.getText())
  );
}
