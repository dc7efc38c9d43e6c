import type { ts } from 'ts-morph';

/**
 * Where a statement ends, without a semicolon that stands on a later line: the parser counts it to the statement, the
 * author, who writes no semicolons, put it before the next one (`;(async () => {…})()`).
 */
export function statementEnd(file: ts.SourceFile, statement: ts.Node): number {
  const detached = /\s*\n\s*;$/.exec(file.text.slice(statement.getStart(file), statement.end));
  return statement.end - (detached?.[0].length ?? 0);
}
