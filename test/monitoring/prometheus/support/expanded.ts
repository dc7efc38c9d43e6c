import type { RecordingRule } from '../../../../src/monitoring/prometheus/rule.js';
import { selectorsOf } from '../../grafana/support/promql.js';

/**
 * An expression with every recorded series replaced by the expression that it is recorded from: what the rules would
 * say of a past in which nobody recorded. All select the same application, so the selector's matchers can be dropped.
 */
export function expanded(expression: string, records: readonly RecordingRule[]): string {
  const replacements = selectorsOf(expression).flatMap(({ name, node }) => {
    const rule = records.find(({ record }) => record === name);
    return rule === undefined ? [] : [{ from: node.from, to: node.to, text: `(${expanded(rule.expr, records)})` }];
  });
  return replacements
    .sort((one, other) => other.from - one.from)
    .reduce((text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to), expression);
}
