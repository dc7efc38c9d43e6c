import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileChange } from '../../src/plan/plan.js';
import { paintPatch, patchOf, patchToRead } from '../../src/report/patch.js';
import { git, makeFolder, writeFiles } from '../cli/support/folders.js';

type Change = Pick<FileChange, 'path' | 'before' | 'after'>;

function patch(changes: readonly Change[]): string {
  return patchOf(changes.map((change) => ({ ...change, kind: 'edited' })));
}

/** Lays out the before state, has git apply the patch, and compares with the after state. */
function expectApplies(root: string, changes: readonly Change[]): void {
  writeFiles(
    root,
    Object.fromEntries(changes.flatMap(({ path, before }) => (before === null ? [] : [[path, before]]))),
  );
  const { stderr } = execaSync('git', ['apply', '--whitespace=nowarn', '-'], {
    cwd: root,
    input: patch(changes),
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' },
    timeout: 10_000,
  });
  expect(stderr).toBe('');
  for (const { path, after } of changes) {
    const file = join(root, path);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : null, path).toBe(after);
    rmSync(file, { force: true });
  }
}

function makeGitFolder(): string {
  const root = makeFolder();
  git(root, 'init', '--quiet');
  return root;
}

describe('patchOf', () => {
  test.each<[string, Change]>([
    ['a new file', { path: 'a.js', before: null, after: 'one\ntwo\n' }],
    ['a new file without a final newline', { path: 'a.js', before: null, after: 'one' }],
    ['a new, empty file', { path: 'a.js', before: null, after: '' }],
    ['a deleted file', { path: 'a.js', before: 'one\n', after: null }],
    ['a deleted, empty file', { path: 'a.js', before: '', after: null }],
    ['a file that becomes empty', { path: 'a.js', before: 'one\n', after: '' }],
    ['an empty file that gets a line', { path: 'a.js', before: '', after: 'one\n' }],
    ['a final newline that comes', { path: 'a.js', before: 'one', after: 'one\n' }],
    ['a final newline that goes', { path: 'a.js', before: 'one\n', after: 'one' }],
    ['CRLF', { path: 'a.js', before: 'one\r\ntwo\r\n', after: 'one\r\nnew\r\ntwo\r\n' }],
    ['line endings alone', { path: 'a.js', before: 'one\ntwo\n', after: 'one\r\ntwo\n' }],
    ['a lone carriage return', { path: 'a.js', before: 'one\rtwo\n', after: 'one\rthree\n' }],
    ['a byte order mark', { path: 'a.js', before: '\uFEFFone\ntwo\n', after: '\uFEFFnew\none\ntwo\n' }],
    ['a line of equals signs', { path: 'a.md', before: `x\n${'='.repeat(67)}\n`, after: `x\ny\n${'='.repeat(67)}\n` }],
    [
      'lines that look like a patch',
      { path: 'a.md', before: '--- a\n+++ b\n@@ -1 +1 @@\n', after: '+++ b\n--- a\n@@ -1 +1 @@\nx\n' },
    ],
    [
      'separators that are no newlines',
      { path: 'a.js', before: 'a\u2028b\u0085c\v\fd\n', after: 'a\u2028b\u0085c\v\fd\ne\n' },
    ],
  ])('%s', (_, change) => {
    expectApplies(makeGitFolder(), [change]);
  });

  test.each([
    'a b.js',
    ' leading.js',
    'trailing ',
    "it's.js",
    'say "hi".js',
    'back\\slash.js',
    'tab\there.js',
    'line\nbreak.js',
    'größe/日本.js',
    'emoji 😀.js',
    '-dash.js',
    '$HOME.js',
    'a/b c/d.js',
    'b/a.js',
  ])('the name %j', (path) => {
    const root = makeGitFolder();
    expectApplies(root, [{ path, before: 'one\ntwo\n', after: 'one\nnew\ntwo\n' }]);
    expectApplies(root, [{ path, before: null, after: 'one\n' }]);
    expectApplies(root, [{ path, before: 'one\n', after: null }]);
  });

  test('random texts under random names', () => {
    const root = makeGitFolder();
    const line = fc.oneof(
      fc.constantFrom('', ' ', '\t', '}', '-', '+', '\\ No newline at end of file', 'diff --git a/x b/x', '\uFEFF'),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replace(/[\0\r\n]/g, '')),
    );
    const text = fc
      .tuple(
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n')), { maxLength: 30 }),
        fc.constantFrom('', 'end'),
      )
      .map(([lines, end]) => lines.flat().join('') + end)
      .filter((value) => Buffer.from(value).toString() === value);
    const name = fc
      .string({
        unit: fc.constantFrom('a', 'B', '1', ' ', '"', "'", '\\', 'é', '日', '😀', '.', '-', '\t'),
        minLength: 1,
        maxLength: 8,
      })
      .map((value) => `f/${value}.js`);
    const change = fc
      .record({ path: name, before: fc.option(text), after: fc.option(text) })
      .filter(({ before, after }) => before !== after);
    const changes = fc.uniqueArray(change, { selector: ({ path }) => path, minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (given) => expectApplies(root, given)),
      { numRuns: 150 },
    );
  });
});

test('paintPatch colours whole lines, and takes the colours only', () => {
  const text = patch([{ path: 'a.js', before: 'one\ntwo\n', after: 'one\nnew\n' }]);
  const painted = paintPatch(text, (colour, line) => `<${colour}>${line}</>`);
  expect(painted).toContain('<bold>diff --git a/a.js b/a.js</>');
  expect(painted).toContain('<cyan>@@ -1,2 +1,2 @@</>\n one\n<red>-two</>\n<green>+new</>');
  expect(painted.replaceAll(/<\/?\w*>/g, '')).toBe(text);
});

test('patchToRead spares a person the lines of long generated files, and nothing else', () => {
  const text = 'line\n'.repeat(41);
  const created = { path: 'a.json', kind: 'sealed', before: null, after: text } as const;
  expect(patchToRead([created])).toBe(
    'diff --git a/a.json b/a.json\nnew file mode 100644\n(41 generated lines; --dry-run prints them)\n',
  );
  expect(patchToRead([{ ...created, kind: 'record' }])).toBe(patchToRead([created]));
  const shown = [
    { ...created, kind: 'seeded' as const },
    { ...created, before: 'x\n' },
    { ...created, after: 'line\n'.repeat(40) },
    { ...created, before: text, after: null },
  ];
  expect(patchToRead(shown)).toBe(patchOf(shown));
});
