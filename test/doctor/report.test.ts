import { expect, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/diagnose.js';
import { githubOf } from '../../src/doctor/report/github.js';
import { textOf } from '../../src/doctor/report/text.js';
import type { Finding } from '../../src/doctor/rule.js';

const finding: Finding = {
  rule: 'unbounded-label',
  severity: 'error',
  path: 'src/a,b:c/100%.js',
  line: 7,
  column: 3,
  message: 'label path is the path\r\nas 100% written',
  why: `because: it, grows${' and grows'.repeat(9)}`,
  mend: 'bound it',
};

function diagnosis(findings: readonly Finding[]): Diagnosis {
  return { findings, skipped: [], examined: 2 };
}

test("GitHub's workflow commands: one line for each finding, whatever is in the texts", () => {
  const text = githubOf(diagnosis([finding, { ...finding, severity: 'warning', path: 'b.js' }]), 'packages/shop');
  expect(text.split('\n')).toEqual([
    '::error file=packages/shop/src/a%2Cb%3Ac/100%25.js,line=7,col=3,title=unbounded-label::' +
      'label path is the path%0D%0Aas 100%25 written%0AWhy: because: it, grows' +
      `${' and grows'.repeat(9)}%0AMend: bound it`,
    expect.stringMatching(/^::warning file=packages\/shop\/b\.js,line=7,/),
    '',
  ]);
});

test('GitHub is told which files were left out', () => {
  const skipped = [{ path: 'a.js', line: 3, reason: "it is not valid: ',' expected" }];
  expect(githubOf({ findings: [], skipped, examined: 1 }, '')).toBe(
    "::warning file=a.js,line=3,title=left out::a.js was left out: it is not valid: ',' expected\n",
  );
});

test('the text groups by file, explains a rule once in each, and counts', () => {
  const other = { ...finding, line: 12, column: 20 };
  const text = textOf(
    diagnosis([finding, other, { ...finding, path: 'z.js', severity: 'warning' }]),
    60,
    (_, words) => words,
  );
  expect(text.match(/Why:/g)).toHaveLength(2);
  const why = text.split('\n').filter((line) => line.startsWith('         '));
  expect(why.length).toBeGreaterThan(3);
  expect(Math.max(...why.map(({ length }) => length))).toBeLessThanOrEqual(60);
  expect(text).toContain('   7:3  error  label path');
  expect(text).toContain('  12:20  error  label path');
  expect(text.trimEnd().split('\n').at(-1)).toBe('2 errors, 1 warning in 2 files that have to do with metrics.');
});
