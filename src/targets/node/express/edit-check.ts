import type { ts } from 'ts-morph';
import { RefusedError } from '../../../errors.js';
import { splice, type TextEdit } from '../../../languages/splice.js';
import { parseSource, syntaxErrors } from '../../../languages/typescript/parse.js';

/**
 * Parses a file that is to be edited.
 *
 * @throws RefusedError when it has syntax errors: it names the first one's line, and prints the lines to add by hand.
 */
export function parseForEdit(path: string, text: string, snippet: (file: ts.SourceFile) => string): ts.SourceFile {
  const file = parseSource(path, text);
  const [problem] = syntaxErrors(file);
  if (problem === undefined) return file;
  const reason = `line ${problem.line} is not valid JavaScript or TypeScript: ${problem.message}`;
  throw refusal(path, reason, snippet(file));
}

/**
 * Parses what the edits make of a file.
 *
 * @throws RefusedError when that has a syntax error, though the file had none.
 */
export function checkEdits(path: string, text: string, edits: readonly TextEdit[], snippet: () => string): void {
  const [problem] = syntaxErrors(parseSource(path, splice(text, edits)));
  if (problem === undefined) return;
  throw refusal(path, `the edited file would not parse: line ${problem.line}: ${problem.message}`, snippet());
}

function refusal(path: string, reason: string, snippet: string): RefusedError {
  return new RefusedError(`${path}: ${reason}`, 'Put it right and run again, or add the lines below by hand.', [
    { path, reason, snippet },
  ]);
}
