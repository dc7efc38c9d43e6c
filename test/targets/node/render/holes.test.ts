import { expect, test } from 'vitest';
import { compileModule, moduleForms } from '../../../../src/targets/node/render/compile-module.js';

const source = `/** Sizes. */
export const sizes: number[] = [
{{#each sizes}}
  {{{literal this}}}, // {{{kilobytes this}}} kB
{{/each}}
];
`;

test.each(moduleForms)('holes keep their place in %j: a line, an expression, and a part of a comment', (form) => {
  const compiled = compileModule(source, form);
  expect(compiled).toContain('{{#each sizes}}\n');
  expect(compiled).toContain('{{{literal this}}}, // {{{kilobytes this}}} kB\n');
  expect(compiled).toContain('\n{{/each}}\n]');
  expect(compiled).not.toContain('hole');
});
