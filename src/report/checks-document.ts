import type { Status } from '../checks/check.js';
import type { Result } from '../checks/run-checks.js';

/** The JSON document of `verify` (README.md, "JSON"), as text with a final newline. */
export function checksDocument(results: readonly Result[]): string {
  const count = (status: Status) => results.filter((result) => result.status === status).length;
  const document = {
    version: 1,
    passed: count('pass'),
    failed: count('fail'),
    warned: count('warn'),
    skipped: count('skip'),
    checks: results.map(({ id, title, status, measured, expected, hint }) => ({
      id,
      title,
      status,
      measured,
      expected,
      hint,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const words: Readonly<Record<Status, string>> = { pass: 'pass', fail: '**FAIL**', warn: 'warn', skip: 'skip' };

/** The results as Markdown for a pull request: a table, and below it what to do about each that failed or warned. */
export function checksMarkdown(results: readonly Result[], url: URL): string {
  const failed = results.filter(({ status }) => status === 'fail').length;
  const verdict = failed === 0 ? 'Nothing failed.' : `${failed} of ${results.length} failed.`;
  const rows = results.map(
    ({ id, status, title, measured }) => `| ${words[status]} | \`${id}\` | ${cell(title)} | ${cell(measured)} |`,
  );
  const advice = results
    .filter(({ hint }) => hint !== '')
    .map(({ id, expected, hint }) => `- \`${id}\`: ${line(hint)} Expected: ${line(expected)}.`);
  const lines = [
    '## Can the metrics be trusted?',
    '',
    `${verdict} Measured by \`add-prom-metrics verify\` on \`${url.href}\`.`,
    '',
    '| | check | what is claimed | measured |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(advice.length === 0 ? [] : ['', '### What to do', '', ...advice]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A label value may hold anything. */
function cell(text: string): string {
  return line(text).replaceAll('|', '\\|');
}

function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[<>]/g, (bracket) => (bracket === '<' ? '&lt;' : '&gt;'));
}
