import type { TextStyle } from '../../languages/style.js';
import { madeBy } from '../../made-by.js';
import type { ModuleKind } from '../../project/module-kind.js';

/**
 * The head of a sealed file: who made it and why it is there, and the words that keep the target's linters, coverage
 * and type checks of plain JavaScript away from code that is not the target's own.
 *
 * ESLint warns of a blanket `eslint-disable` that had nothing to silence. The one rule that is switched on here always
 * has something to say, so that the directive is never a needless one. It stands first: what is above it is not silenced.
 *
 * @param commentRules the plugin whose rules forbid blanket directives, where the target has it
 */
export function sealedHeader(
  about: string,
  body: string,
  kind: ModuleKind,
  style: TextStyle,
  commentRules?: string,
): string {
  const forbidding = ['disable-enable-pair', 'no-unlimited-disable'].map((rule) => `${commentRules}/${rule}: "off"`);
  const lines = [
    ...(commentRules === undefined ? [] : [`/* eslint ${forbidding.join(', ')} */`]),
    '/* eslint-disable */ /* eslint max-lines: ["error", 2] */',
    `// ${madeBy(body)}: ${about}`,
    '// Please do not edit: an update replaces this file whole. What is yours is in custom.',
    ...['lint', 'format', 'assist'].map((part) => `// biome-ignore-all ${part}: generated`),
    '/* istanbul ignore file */ /* c8 ignore start */ /* v8 ignore start */ /* node:coverage disable */',
    ...(kind.language === 'js' ? ['// @ts-nocheck'] : []),
    '',
  ];
  return lines.join(style.eol) + style.eol;
}
