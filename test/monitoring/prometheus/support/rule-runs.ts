import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { AlertRule, RecordingRule, RuleGroup } from '../../../../src/monitoring/prometheus/rule.js';
import type { ruleTests } from '../../../../src/monitoring/prometheus/rule-tests.js';
import { selectorsOf } from '../../grafana/support/promql.js';
import { withFolder, write } from './written.js';

export type TestFile = ReturnType<typeof ruleTests>;
export type Test = TestFile['tests'][number];

/** Rules, and what is asked of them. */
export interface RuleRun {
  readonly name: string;
  /** The rule file's text. */
  readonly rules: string;
  readonly file: TestFile;
}

/** As many processes as the machines this runs on have cores. */
const processes = 2;
/** promtool's own memory is small: collecting its garbage less often saves a quarter of the time. */
const env = { GOGC: '400', GOMAXPROCS: '1' };

/** Runs `promtool test rules` on all of them, in few processes; gives what it said of each, by name. */
export async function runRuleTests(promtool: string, runs: readonly RuleRun[]): Promise<ReadonlyMap<string, string>> {
  const shares = Array.from({ length: processes }, (_, share) =>
    runs.filter((_, index) => index % processes === share),
  );
  const said = await Promise.all(shares.map((share) => runShare(promtool, share)));
  return new Map(said.flat());
}

function runShare(promtool: string, runs: readonly RuleRun[]): Promise<[string, string][]> {
  return withFolder(async (folder) => {
    const files = runs.flatMap(({ rules, file }, index) => [
      { path: `${index}.rules.yml`, text: rules },
      { path: `${index}.test.yml`, text: stringify({ ...file, rule_files: [`${index}.rules.yml`] }) },
    ]);
    await write(folder, files);
    const log = path.join(folder, 'said');
    // It tells what it tests on the one stream and what fails on the other: one file keeps their order.
    const output = openSync(log, 'w');
    const tests = runs.map((_, index) => `${index}.test.yml`);
    const options = { cwd: folder, env, timeout: 600_000, stdio: ['ignore' as const, output, output] };
    await once(spawn(promtool, ['test', 'rules', ...tests], options), 'exit');
    closeSync(output);
    const parts = (await readFile(log, 'utf8')).split(/^Unit Testing: +(\d+)\.test\.yml$/m).slice(1);
    return runs.map(({ name }, index) => [name, parts[parts.indexOf(String(index)) + 1] ?? 'not run']);
  });
}

/**
 * The cases that none of those before has asked of the same rules; `seen` remembers them. Only the rules count that have
 * something to say in a case: those over its series, over what is recorded from these, and over what is absent.
 */
export function unseenIn(cases: readonly Test[], groups: readonly RuleGroup[], seen: Set<string>): Test[] {
  return cases.filter((test) => {
    const key = JSON.stringify([test, rulesFor(test, groups)]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function rulesFor(test: Test, groups: readonly RuleGroup[]): (RecordingRule | AlertRule)[] {
  const names = new Set(['ALERTS', '', ...test.input_series.map(({ series }) => series.replace(/\{.*/s, ''))]);
  const rules = groups.flatMap((group) => group.rules);
  const speaks = ({ expr }: RecordingRule | AlertRule) =>
    /absent|vector/.test(expr) || selectorsOf(expr).some(({ name }) => names.has(name));
  // What is recorded may be read by a rule further up.
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const rule of rules) if ('record' in rule && speaks(rule)) names.add(rule.record);
  }
  return rules.filter(speaks);
}
