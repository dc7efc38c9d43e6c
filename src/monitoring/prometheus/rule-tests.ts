import type { Monitoring } from '../monitoring.js';
import type { AlertRule, RuleGroup } from './rule.js';
import { evaluationMinutes } from './rule-tests/case.js';
import { objectiveCases } from './rule-tests/objective-cases.js';
import { recordedCases } from './rule-tests/recorded-cases.js';
import { runtimeCases } from './rule-tests/runtime-cases.js';
import { scrapeCases } from './rule-tests/scrape-cases.js';

/**
 * The test file of the rules, for `promtool test rules`.
 *
 * @param ruleFile its path, relative to the test file
 */
export function ruleTests(monitoring: Monitoring, groups: readonly RuleGroup[], ruleFile: string) {
  const alerts = groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertRule => 'alert' in rule);
  return {
    rule_files: [ruleFile],
    evaluation_interval: `${evaluationMinutes}m`,
    group_eval_order: groups.map(({ name }) => name),
    tests: [
      ...recordedCases(monitoring),
      ...objectiveCases(monitoring, alerts),
      ...scrapeCases(monitoring, alerts),
      ...runtimeCases(monitoring, alerts),
    ],
  };
}
