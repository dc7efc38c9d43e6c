import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allRules } from '../../src/doctor/rules/all.js';

test('the documentation has a section for each rule, in their order, with its severity', () => {
  const text = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
  const sections = [...text.matchAll(/^### `([\w-]+)`\n\n\*(Error|Warning)\b/gm)];
  const documented = sections.map(([, id, severity]) => `${id} ${severity?.toLowerCase()}`);
  expect(documented).toEqual(allRules.map(({ id, severity }) => `${id} ${severity}`));
});
