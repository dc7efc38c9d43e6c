import type { ts } from 'ts-morph';
import { measuringFiles } from '../project/code/import-closure.js';
import { createProgram, type Program } from '../project/code/program.js';
import { readSources, type Skipped } from '../project/code/sources.js';
import type { Files } from '../project/source-files.js';
import { findServing } from './code/serving.js';
import { gatherFacts } from './facts.js';
import type { Fault, Finding, Rule } from './rule.js';
import { allRules } from './rules/all.js';
import { silencesIn } from './silence.js';

/** What doctor has to say of a target. */
export interface Diagnosis {
  /** By path, then by place. */
  readonly findings: readonly Finding[];
  /** Files that were left out, because they cannot be read or parsed. */
  readonly skipped: readonly Skipped[];
  /** How many files have to do with metrics. */
  readonly examined: number;
}

/**
 * Looks for faults in the Prometheus instrumentation of a target, without running any of its code.
 *
 * @param root absolute path of the target
 * @param files the same target's files
 */
export function diagnose(root: string, files: Files): Diagnosis {
  const sources = readSources(root, files);
  const paths = measuringFiles(sources);
  const program = createProgram(paths, sources);
  const facts = gatherFacts(program, paths.length === 0 ? [] : findServing(root, files, sources), sources);
  const findings = allRules.flatMap((rule) => [...rule.find(facts)].map((fault) => describe(rule, fault, program)));
  return {
    findings: inOrder(withSilences(findings, program)),
    skipped: [...sources.skipped, ...program.skipped],
    examined: program.files.length,
  };
}

function describe({ id, severity, why, mend }: Rule, fault: Fault, { pathOf }: Program): Finding {
  const place = placeOf(fault.node.getSourceFile(), fault.node.getStart());
  return {
    rule: id,
    severity: fault.severity ?? severity,
    path: pathOf(fault.node),
    ...place,
    message: fault.message,
    why,
    mend: fault.mend ?? mend,
  };
}

function placeOf(file: ts.SourceFile, offset: number): { readonly line: number; readonly column: number } {
  const { line, character } = file.getLineAndCharacterOfPosition(offset);
  return { line: line + 1, column: character + 1 };
}

/** Takes out what the code silences with a reason, and puts in what it tries to silence without one. */
function withSilences(findings: readonly Finding[], { files, pathOf }: Program): Finding[] {
  const silenced = new Set<string>();
  const faulty: Finding[] = [];
  const all = files.flatMap((file) => silencesIn(file).map((silence) => ({ file, silence })));
  for (const { file, silence } of all) {
    const path = pathOf(file);
    const { rules, reason, start, line } = silence;
    const message = silenceFault(rules, reason);
    if (message !== undefined) faulty.push({ ...silenceRule, path, ...placeOf(file, start), message });
    if (reason === '') continue;
    for (const rule of rules) for (const each of [line, line + 1]) silenced.add(`${path}:${each}:${rule}`);
  }
  return [...findings.filter(({ path, line, rule }) => !silenced.has(`${path}:${line}:${rule}`)), ...faulty];
}

function silenceFault(rules: readonly string[], reason: string): string | undefined {
  const unknown = rules.filter((rule) => !allRules.some(({ id }) => id === rule));
  if (rules.length === 0) return 'this comment names no rule';
  if (unknown.length > 0) return `there is no rule ${unknown.join(', ')}`;
  return reason === '' ? `this comment gives no reason, so it does not silence ${rules.join(', ')}` : undefined;
}

const silenceRule = {
  rule: 'silence-without-reason',
  severity: 'warning',
  why: 'Whoever meets the comment later cannot tell whether the fault was judged harmless, or only hidden.',
  mend: 'Write it as // add-prom-metrics-ignore <rule>: <reason>, on the line of the finding or the one above it.',
} as const;

function inOrder(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((each) => [`${each.path}\0${each.line}\0${each.column}\0${each.rule}`, each]));
  return [...unique.values()].sort(
    (a, b) => compare(a.path, b.path) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
