import type { Monitoring } from '../monitoring.js';

/** The test file of the rules. */
export function ruleTests({ application }: Monitoring) {
  return { rule_files: [`../${application}.rules.yml`], tests: [] };
}
