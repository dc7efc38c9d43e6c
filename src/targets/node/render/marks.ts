import type { TextStyle } from '../../../languages/style.js';

/** What the specifier of a relative module ends with. */
export type SpecifierExtension = '' | '.js' | '.mjs' | '.cjs' | '.ts' | '.mts' | '.cts';

/**
 * Characters of Unicode's private use area, which no template holds, in the places of a compiled template that depend on
 * the target: so that writing it out for one needs no parser.
 */
export const marks = { extension: '\uE000', semicolon: '\uE001', quote: '\uE002', indent: '\uE003' } as const;

/** A text with marks as a file of the target. */
export function fillMarks(marked: string, extension: SpecifierExtension, style: TextStyle): string {
  const text = marked
    .replaceAll(marks.extension, extension)
    .replaceAll(marks.semicolon, style.semicolons ? ';' : '')
    .replaceAll(marks.quote, style.quote)
    .replaceAll(marks.indent, style.indent);
  return style.eol === '\n' ? text : text.replaceAll('\n', style.eol);
}
