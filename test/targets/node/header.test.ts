import { expect, test } from 'vitest';
import { defaultStyle } from '../../../src/languages/style.js';
import type { ModuleKind } from '../../../src/project/module-kind.js';
import { sealedHeader } from '../../../src/targets/node/header.js';

const typescript = { language: 'ts' } as ModuleKind;

test('nothing that a linter could complain of stands above the directive that silences it', () => {
  const [first = ''] = sealedHeader('x', 'body', typescript, defaultStyle).split('\n');
  expect(first).toMatch(/^\/\* eslint-disable \*\//);
});

test('where rules forbid blanket directives, they are switched off for the file, before the directive', () => {
  const lines = sealedHeader('x', 'body', typescript, defaultStyle, 'eslint-comments').split('\n');
  expect(lines[0]).toBe(
    '/* eslint eslint-comments/disable-enable-pair: "off", eslint-comments/no-unlimited-disable: "off" */',
  );
  expect(lines[1]).toMatch(/^\/\* eslint-disable \*\//);
});

test('the rule that always has something to say has it below the directive', () => {
  const lines = sealedHeader('x', 'body', typescript, defaultStyle, 'eslint-comments').split('\n');
  const most = Number(/max-lines: \["error", (\d+)\]/.exec(lines[1] ?? '')?.[1]);
  expect(most).toBeGreaterThanOrEqual(2);
  expect(most).toBeLessThan(lines.length);
});
