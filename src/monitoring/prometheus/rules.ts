import type { Monitoring, MonitoringFile } from '../monitoring.js';
import type { Matchers } from '../promql.js';
import { burnAlert, burnRates, type Window } from './burn-rate.js';
import { indicatorRules, indicators } from './objective.js';
import { requestsRules } from './requests-rules.js';
import type { AlertRule, RecordingRule, RuleGroup } from './rule.js';
import { ruleTests } from './rule-tests.js';
import { runtimeAlerts } from './runtime-alerts.js';
import { scrapeAlerts } from './scrape-alerts.js';
import { sealedYaml } from './yaml-text.js';

/** The rule file and its tests, both sealed. */
export function ruleFiles(monitoring: Monitoring): MonitoringFile[] {
  const { application } = monitoring;
  const folder = 'monitoring/prometheus/rules';
  const groups = ruleGroups(monitoring);
  return [
    {
      path: `${folder}/${application}.rules.yml`,
      text: sealedYaml(
        'recording rules and alerts.',
        { groups },
        'Rules of your own go into other files of this folder whose names end in ".rules.yml".',
      ),
      kind: 'sealed',
    },
    {
      path: `${folder}/tests/${application}.test.yml`,
      text: sealedYaml(
        'tests of the alerts; run: promtool test rules <this file>.',
        ruleTests(monitoring, groups, `../${application}.rules.yml`),
        'Tests of your own go into other files.',
      ),
      kind: 'sealed',
    },
  ];
}

/** The groups of rules, in the order in which they build on one another; a PrometheusRule has them as its `groups`. */
export function ruleGroups(monitoring: Monitoring): RuleGroup[] {
  const { application, catalogue, objective } = monitoring;
  const service: Matchers = { application };
  const recorded = (windows: readonly Window[]): RecordingRule[] =>
    indicators.flatMap((indicator) =>
      windows.flatMap((window) => indicatorRules(indicator, window, catalogue, service, objective)),
    );
  const alerts = (factors: readonly number[]): AlertRule[] =>
    indicators.flatMap((indicator) =>
      burnRates
        .filter(({ factor }) => factors.includes(factor))
        .map((rate) => burnAlert(indicator, rate, service, objective)),
    );
  return [
    { name: `${application}-requests`, rules: requestsRules(catalogue, service) },
    {
      name: `${application}-objective`,
      interval: '1m',
      rules: [...recorded(['5m', '30m', '1h', '6h']), ...alerts([14.4, 6])],
    },
    {
      // Windows of days change slowly, and reading them takes longer.
      name: `${application}-objective-days`,
      interval: '2m',
      rules: [...recorded(['2h', '1d', '3d']), ...alerts([3, 1])],
    },
    {
      name: `${application}-runtime`,
      rules: [...scrapeAlerts(catalogue, service, objective), ...runtimeAlerts(catalogue, service)],
    },
  ];
}
