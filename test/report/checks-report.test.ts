import { Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import type { Result } from '../../src/checks/run-checks.js';
import { sameView } from '../../src/checks/same-view.js';
import { checksDocument, checksMarkdown } from '../../src/report/checks-document.js';
import { checksProgress } from '../../src/report/checks-progress.js';
import { headerText, resultText, summaryText } from '../../src/report/checks-report.js';
import { lineWidth, wrapped } from '../../src/report/lines.js';

const plain = (_: string, text: string) => text;

const passed: Result = {
  id: 'exact',
  title: 'Every request is counted once',
  expected: 'exactly N',
  status: 'pass',
  measured: '200 requests: +200',
  hint: '',
  seconds: 0.42,
};
const failed: Result = {
  id: 'same-view',
  title: 'Every scrape shows the same total',
  expected: 'one distinct total',
  status: 'fail',
  measured: '4 distinct totals',
  hint: 'Each worker has its own registry.',
  seconds: 12.3,
};
const warned: Result = { ...failed, id: 'cardinality', status: 'warn', measured: 'x{route="a|b<c>"}\nmore' };
const skipped: Result = { ...passed, id: 'rate', status: 'skip', measured: 'it needs a Prometheus' };
const all = [passed, failed, warned, skipped];

describe('a line', () => {
  test('has its figures in columns, and below a failure what was expected and what to do', () => {
    expect(
      all
        .slice(0, 2)
        .map((result) => resultText(result, 11, 110, plain))
        .join('\n'),
    ).toBe(
      [
        '  pass  exact         0.4 s  200 requests: +200',
        '  fail  same-view    12.3 s  4 distinct totals',
        '                             expected: one distinct total',
        '                             → Each worker has its own registry.',
      ].join('\n'),
    );
  });

  test('holds nothing that a service could do to the terminal', () => {
    const line = resultText(
      { ...failed, measured: 'line 1: \u001b[2J\u0007up\r 1', hint: '\u001b]0;x\u0007see' },
      11,
      110,
      plain,
    );
    expect(line).not.toMatch(/[^\P{Cc}\n]/u);
    expect(line).toMatch(/line 1: .*up {2}1/);
  });

  test.each([110, 60])('is broken at spaces, and never longer than the terminal is wide of %i', (width) => {
    const long = { ...failed, measured: 'word '.repeat(80).trim(), hint: 'hint '.repeat(80).trim() };
    const lines = resultText(long, 11, width, plain).split('\n');
    expect(lines.length).toBeGreaterThan(8);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  test('is as long as it may be', () => {
    expect(wrapped('a verylongword b', 4)).toEqual(['a', 'verylongword', 'b']);
  });
});

test('the summary names what failed, and counts the rest', () => {
  expect(summaryText(all, 1234, 15.4, plain)).toBe(
    '\nThese metrics cannot be trusted yet: same-view. 1 passed, 1 failed, 1 warned, 1 skipped; 1,234 requests in 15 s.',
  );
  expect(summaryText([passed, skipped], 10, 3, plain)).toBe(
    '\nNothing failed. 1 passed, 1 skipped; 10 requests in 3 s.',
  );
});

test('the same advice is given once', () => {
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const progress = checksProgress([sameView], { note, paint: plain, terminal: undefined });
  progress.ended(failed);
  progress.ended({ ...failed, id: 'monotone' });
  expect(notes[0]).toContain('→ Each worker');
  expect(notes[1]).toContain('→ as above');
  expect(notes[1]).not.toContain('expected:');
  progress.ended({ ...failed, id: 'monotone', measured: 'other figures' });
  expect(notes[2]).toContain('expected:');
});

test('lines are as wide as the terminal, within bounds', () => {
  const stream = (columns?: number) => Object.assign(new Writable(), columns === undefined ? {} : { columns });
  expect([undefined, stream(), stream(80), stream(300), stream(10), stream(0)].map(lineWidth)).toEqual([
    110, 110, 80, 110, 40, 110,
  ]);
});

test('a check that takes long shows for how long, in one line of the terminal, until it has ended', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  try {
    let shown = '';
    const write = (chunk: Buffer, _: string, done: () => void): void => {
      shown += chunk.toString();
      done();
    };
    const terminal = Object.assign(new Writable({ write }), { columns: 50 });
    const progress = checksProgress([sameView], { note: () => {}, paint: plain, terminal });
    progress.began(sameView);
    vi.advanceTimersByTime(61_000);
    expect(shown).toContain(' 1 s  ');
    expect(shown).toContain(' 61 s  ');
    expect(Math.max(...shown.split('\r\u001b[K').map(({ length }) => length))).toBe(49);
    progress.ended(failed);
    const { length } = shown;
    vi.advanceTimersByTime(5_000);
    expect(shown).toHaveLength(length);
    progress.began(sameView);
    progress.close();
    const closed = shown.length;
    vi.advanceTimersByTime(5_000);
    expect(shown).toHaveLength(closed);
  } finally {
    vi.useRealTimers();
  }
});

test('neither the header nor the Markdown has what may be secret: credentials, the query, the log, where it lies', () => {
  const url = new URL('https://scraper:hunter2@shop.example/metrics?token=s3cret&x=1');
  const hint =
    'See its log. It printed last:\nconnecting to postgres://u:pw@db\nlistening\nAll of it: /home/me/run.log';
  const quiet = 'Nothing answers. It printed nothing.\nAll of it: /home/me/run.log';
  const measured = `${url.href} is not scraped; GET /metrics${url.search}`;
  const text = checksMarkdown(
    [
      { ...failed, hint, measured },
      { ...failed, hint: quiet },
    ],
    url,
  );
  for (const shown of [text, headerText(url, url, [], plain)]) {
    expect(shown).toContain('https://shop.example/metrics');
    expect(shown).not.toMatch(/hunter2|s3cret|token|postgres|home\/me|listening/);
  }
  expect(text).toContain('See its log. What it printed last stands on the terminal. Expected');
  expect(text).toContain('| https://shop.example/metrics is not scraped; GET /metrics |');
});

test('the JSON document has the fields of the contract and no others', () => {
  const text = checksDocument(all);
  expect(text.endsWith('}\n')).toBe(true);
  const document = JSON.parse(text);
  expect(document).toMatchObject({ version: 1, passed: 1, failed: 1, warned: 1, skipped: 1 });
  expect(Object.keys(document)).toEqual(['version', 'passed', 'failed', 'warned', 'skipped', 'checks']);
  for (const check of document.checks) {
    expect(Object.keys(check)).toEqual(['id', 'title', 'status', 'measured', 'expected', 'hint']);
  }
});

test('the Markdown is a table that no label value breaks, and the advice', () => {
  const text = checksMarkdown(all, new URL('http://127.0.0.1:3000/metrics'));
  expect(text).toContain('1 of 4 failed. Measured by `add-prom-metrics verify` on `http://127.0.0.1:3000/metrics`.');
  expect(text).toContain('| **FAIL** | `same-view` | Every scrape shows the same total | 4 distinct totals |');
  expect(text).toContain(
    '| warn | `cardinality` | Every scrape shows the same total | x{route="a\\|b&lt;c&gt;"} more |',
  );
  expect(text).toContain('- `same-view`: Each worker has its own registry. Expected: one distinct total.');
  expect(text.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(6);
});
