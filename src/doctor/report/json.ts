import type { Diagnosis } from '../diagnose.js';

/** The findings as one JSON document, with a final newline. */
export function jsonOf({ findings, skipped }: Diagnosis): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const document = {
    version: 1,
    errors,
    warnings: findings.length - errors,
    findings,
    skipped: skipped.map(({ path, line, reason }) => ({ path, line: line ?? null, reason })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
