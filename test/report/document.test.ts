import { expect, test } from 'vitest';
import { documentOf } from '../../src/report/document.js';

test('an outcome without parts has all fields but the error', () => {
  expect(JSON.parse(documentOf({ status: 'unchanged' }))).toEqual({
    version: 1,
    status: 'unchanged',
    answers: {},
    facts: {},
    changes: [],
    manual: [],
    commands: [],
    checklist: [],
  });
});

test('a change has its action and its diff, and the text ends in one newline', () => {
  const text = documentOf({
    status: 'planned',
    changes: [
      { path: 'new.js', kind: 'sealed', before: null, after: 'x\n' },
      { path: 'app.js', kind: 'edited', before: 'a\n', after: 'b\n' },
      { path: 'old.js', kind: 'sealed', before: 'y\n', after: null },
    ],
    error: { code: 'refused', message: 'No.', hint: '' },
  });
  expect(text).toMatch(/[^\n]\n$/);
  const { changes, error } = JSON.parse(text);
  expect(changes.map(({ path, action }: { path: string; action: string }) => [path, action])).toEqual([
    ['new.js', 'create'],
    ['app.js', 'update'],
    ['old.js', 'delete'],
  ]);
  expect(changes[1].diff).toBe('diff --git a/app.js b/app.js\n--- a/app.js\n+++ b/app.js\n@@ -1,1 +1,1 @@\n-a\n+b\n');
  expect(error).toEqual({ code: 'refused', message: 'No.', hint: '' });
});
