import type { Status } from '../checks/check.js';
import type { Result } from '../checks/run-checks.js';
import { shownUrl } from './checks-report.js';

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

/**
 * The results as Markdown for a pull request: a table, and below it what to do about each that failed or warned. What is
 * nobody else's business is not in it: the query of the URL, the service's log and where on this machine that is.
 */
export function checksMarkdown(results: readonly Result[], url: URL): string {
  const line = (text: string) => escaped(withoutQuery(withoutLog(text), url));
  const cell = (text: string) => line(text).replaceAll('|', '\\|');
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
    `${verdict} Measured by \`add-prom-metrics verify\` on \`${shownUrl(url)}\`.`,
    '',
    '| | check | what is claimed | measured |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(advice.length === 0 ? [] : ['', '### What to do', '', ...advice]),
  ];
  return `${lines.join('\n')}\n`;
}

/** What the service printed, as hints quote it at their end. */
function withoutLog(text: string): string {
  return text
    .replace(/It printed last:\n[\s\S]*$/, 'What it printed last stands on the terminal.')
    .replace(/\nAll of it: .*$/, '');
}

function withoutQuery(text: string, url: URL): string {
  const shown = text.replaceAll(url.href, shownUrl(url));
  return url.search === '' ? shown : shown.replaceAll(url.search, '');
}

/** A label value may hold anything. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[<>]/g, (bracket) => (bracket === '<' ? '&lt;' : '&gt;'));
}
