import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insertAt, splice } from '../../src/languages/splice.js';

describe('splice', () => {
  it('puts insertions in, in their order where they meet', () => {
    expect(splice('abc', [insertAt(3, '!'), insertAt(1, 'x'), insertAt(1, 'y'), insertAt(0, '<')])).toBe('<axybc!');
  });

  it('replaces and removes', () => {
    const edits = [
      { offset: 0, length: 1, text: 'AA' },
      { offset: 2, length: 2, text: '' },
    ];
    expect(splice('abcde', edits)).toBe('AAbe');
  });

  it.each([
    [[{ offset: 0, length: 2, text: '' }, insertAt(1, 'x')]],
    [[insertAt(6, 'x')]],
    [[{ offset: 4, length: 2, text: '' }]],
    [[insertAt(-1, 'x')]],
  ])('throws for edits that overlap or lie outside: %j', (edits) => {
    expect(() => splice('abcde', edits)).toThrow(RangeError);
  });

  it('keeps every character outside of the edits', () => {
    const pieces = fc.array(fc.record({ kept: fc.string({ unit: 'binary' }), cut: fc.string(), put: fc.string() }));
    fc.assert(
      fc.property(pieces, (parts) => {
        let offset = 0;
        const edits = parts.map(({ kept, cut, put }) => {
          const edit = { offset: offset + kept.length, length: cut.length, text: put };
          offset = edit.offset + cut.length;
          return edit;
        });
        const text = parts.map(({ kept, cut }) => kept + cut).join('');
        expect(splice(text, edits)).toBe(parts.map(({ kept, put }) => kept + put).join(''));
        expect(
          splice(
            text,
            [...edits].reverse().filter((edit) => edit.length > 0),
          ),
        ).toHaveLength(
          text.length +
            edits.filter((edit) => edit.length > 0).reduce((sum, edit) => sum + edit.text.length - edit.length, 0),
        );
      }),
    );
  });
});
