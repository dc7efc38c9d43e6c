import { stripVTControlCharacters } from 'node:util';
import type { Check, Status } from '../checks/check.js';
import type { Result } from '../checks/run-checks.js';
import type { RequestMetrics } from '../checks/service.js';
import { wrapped } from './lines.js';
import type { Paint } from './paint.js';

/** The checklist as a person reads it on a terminal. */

const colours: Readonly<Record<Status, 'green' | 'red' | 'yellow' | 'dim'>> = {
  pass: 'green',
  fail: 'red',
  warn: 'yellow',
  skip: 'dim',
};

/**
 * What is going to be checked.
 *
 * @param notices what should be known before it begins
 */
export function headerText(url: URL, appUrl: URL, notices: readonly string[], paint: Paint): string {
  const app = appUrl.origin === url.origin ? '' : `, requests to ${appUrl.origin}`;
  const words = ['Each request on a fresh connection, to that host only.', ...notices];
  return `${paint('bold', 'Checking')} ${shownUrl(url)}${app}\n${paint('dim', words.join('\n'))}`;
}

/** A URL without what may be a secret in it: credentials and the query. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}

export function watchingText(paint: Paint): string {
  return paint('dim', 'Watching the counters for 3 s …');
}

/** Under which names the requests are counted. */
export function foundText({ counter, histogram, foundBy }: RequestMetrics): string {
  const names = histogram === undefined || counter === `${histogram}_count` ? counter : `${counter} and ${histogram}`;
  return `Requests are counted by ${names} (found by ${foundBy}).\n`;
}

/**
 * The line of a check that is being run, and for how long it has been: some take minutes.
 *
 * @param width what is longer would go on in a line that cannot be written over
 */
export function runningText(
  { id, title }: Check,
  seconds: number,
  idWidth: number,
  width: number,
  paint: Paint,
): string {
  const time = seconds < 1 ? '' : `${seconds.toFixed(0)} s`;
  return paint('dim', `  …     ${id.padEnd(idWidth)}  ${time.padStart(6)}  ${title}`.slice(0, width - 1));
}

/**
 * What came out of a check: status, name, time and figures in columns; below them, unless it passed, what was expected
 * and what to do. What the service answered is in it: what would move the cursor is taken out.
 *
 * @param idWidth the length of the longest id
 * @param width of the longest line
 */
export function resultText(result: Result, idWidth: number, width: number, paint: Paint): string {
  const { status, id, seconds, measured, expected, hint } = result;
  const line = (text: string) => stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, ' ');
  const time = `${seconds.toFixed(1)} s`.padStart(6);
  const column = 2 + 4 + 2 + idWidth + 2 + 6 + 2;
  const name = status === 'fail' ? paint('bold', id.padEnd(idWidth)) : id.padEnd(idWidth);
  const first = `  ${paint(colours[status], status)}  ${name}  ${paint('dim', time)}  `;
  const rest: string[] = [];
  if (status === 'fail' && expected !== '') rest.push(...wrapped(`expected: ${expected}`, width - column));
  if (hint !== '') rest.push(...wrapped(`→ ${line(hint)}`, width - column));
  const [head = '', ...more] = wrapped(line(measured), width - column);
  const plain = status === 'skip' ? (text: string) => paint('dim', text) : (text: string) => text;
  return [first + plain(head), ...[...more, ...rest].map((text) => ' '.repeat(column) + plain(text))].join('\n');
}

/** How many of each, and what follows from it. */
export function summaryText(results: readonly Result[], sent: number, seconds: number, paint: Paint): string {
  const count = (status: Status) => results.filter((result) => result.status === status).length;
  const words = { pass: 'passed', fail: 'failed', warn: 'warned', skip: 'skipped' } as const;
  const parts = (['pass', 'fail', 'warn', 'skip'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => paint(colours[status], `${count(status)} ${words[status]}`));
  const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
  const verdict =
    failed.length === 0
      ? paint('bold', 'Nothing failed.')
      : paint('bold', `These metrics cannot be trusted yet: ${failed.join(', ')}.`);
  const load = `${sent.toLocaleString('en-GB')} requests in ${seconds.toFixed(0)} s`;
  return `\n${verdict} ${parts.join(', ')}; ${load}.`;
}
