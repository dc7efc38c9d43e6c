import { stripVTControlCharacters } from 'node:util';
import type { Check, Status } from '../checks/check.js';
import type { Result } from '../checks/run-checks.js';
import type { RequestMetrics } from '../checks/service.js';
import type { Paint } from './paint.js';

/** The checklist as a person reads it on a terminal. */

const lineWidth = 110;
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
  return `${paint('bold', 'Checking')} ${url.href}${app}\n${paint('dim', words.join('\n'))}`;
}

export function watchingText(paint: Paint): string {
  return paint('dim', 'Watching the counters for 3 s …');
}

/** Under which names the requests are counted. */
export function foundText({ counter, histogram, foundBy }: RequestMetrics): string {
  const names = histogram === undefined || counter === `${histogram}_count` ? counter : `${counter} and ${histogram}`;
  return `Requests are counted by ${names} (found by ${foundBy}).\n`;
}

/** The line of a check that is being run. */
export function runningText({ id, title }: Check, idWidth: number, paint: Paint): string {
  return paint('dim', `  …     ${id.padEnd(idWidth)}         ${title}`);
}

/**
 * What came out of a check: status, name, time and figures in columns; below them, unless it passed, what was expected
 * and what to do. What the service answered is in it: what would move the cursor is taken out.
 *
 * @param idWidth the length of the longest id
 */
export function resultText(result: Result, idWidth: number, paint: Paint): string {
  const { status, id, seconds, measured, expected, hint } = result;
  const line = (text: string) => stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, ' ');
  const time = `${seconds.toFixed(1)} s`.padStart(6);
  const column = 2 + 4 + 2 + idWidth + 2 + 6 + 2;
  const name = status === 'fail' ? paint('bold', id.padEnd(idWidth)) : id.padEnd(idWidth);
  const first = `  ${paint(colours[status], status)}  ${name}  ${paint('dim', time)}  `;
  const rest: string[] = [];
  if (status === 'fail') rest.push(...wrapped(`expected: ${expected}`, lineWidth - column));
  if (hint !== '') rest.push(...wrapped(`→ ${line(hint)}`, lineWidth - column));
  const [head = '', ...more] = wrapped(line(measured), lineWidth - column);
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

/** Breaks a text at spaces into lines of at most so many characters; a longer word stays whole, and so does a line's end. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrappedLine(line, width));
}

function wrappedLine(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
