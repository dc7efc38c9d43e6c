/** Text to put in place of the `length` UTF-16 units at `offset`; an insertion has length 0. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** An insertion of `text` at `offset`. */
export function insertAt(offset: number, text: string): TextEdit {
  return { offset, length: 0, text };
}

/**
 * Applies edits to a text; every character outside the edited ranges stays as it is. Insertions at one offset keep the
 * order in which they are given.
 *
 * @throws RangeError when an edit lies outside the text or two edits overlap: a programming error, not the user's.
 */
export function splice(text: string, edits: readonly TextEdit[]): string {
  const ordered = edits.map((edit, index) => ({ edit, index })).sort(byOffset);
  let result = '';
  let position = 0;
  for (const { edit } of ordered) {
    if (edit.offset < position || edit.offset + edit.length > text.length) {
      throw new RangeError(`edit at ${edit.offset} overlaps another or lies outside the text`);
    }
    result += text.slice(position, edit.offset) + edit.text;
    position = edit.offset + edit.length;
  }
  return result + text.slice(position);
}

function byOffset(a: { edit: TextEdit; index: number }, b: { edit: TextEdit; index: number }): number {
  return a.edit.offset - b.edit.offset || a.index - b.index;
}
