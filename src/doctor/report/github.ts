import type { Diagnosis } from '../diagnose.js';
import type { Finding } from '../rule.js';

/**
 * The findings as workflow commands, which GitHub shows beside the lines of a pull request. A command ends at its line's
 * end, a property at a comma: both are escaped as GitHub's own toolkit (`@actions/core`, command.ts) does.
 *
 * @param below what stands before a path to make it one from the repository's root; empty where they are the same
 */
export function githubOf({ findings, skipped }: Diagnosis, below: string): string {
  const inRepository = (path: string) => (below === '' ? path : `${below}/${path}`);
  const lines = findings.map((finding) => annotation(finding, inRepository(finding.path)));
  const notices = skipped.map(({ path, line, reason }) => {
    const properties = [`file=${property(inRepository(path))}`, ...(line === undefined ? [] : [`line=${line}`])];
    return `::warning ${properties.join(',')},title=${property('left out')}::${data(`${path} was left out: ${reason}`)}`;
  });
  return [...lines, ...notices].map((line) => `${line}\n`).join('');
}

function annotation({ severity, line, column, rule, message, why, mend }: Finding, path: string): string {
  const properties = `file=${property(path)},line=${line},col=${column},title=${property(rule)}`;
  return `::${severity} ${properties}::${data(`${message}\nWhy: ${why}\nMend: ${mend}`)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
