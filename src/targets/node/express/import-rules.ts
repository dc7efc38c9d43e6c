import { ts } from 'ts-morph';
import { loadedSpecifier } from '../../../languages/typescript/module-value.js';
import { firstImportPosition } from '../../../languages/typescript/prologue.js';
import type { EditOptions } from './edit-options.js';

/** What the edited file has after the place of our import. */
interface Following {
  /** Imports with names. */
  readonly imports: number;
  /** Those of packages or parent folders, which by default belong before one of the same folder, such as ours. */
  readonly ranksBefore: number;
  readonly isEsm: boolean;
}

/** A directive for the line of our import, for the whole file, or none because the rule has nothing to say. */
type Place = 'line' | 'file' | 'none';

/**
 * Where each rule about the order of imports complains, given that our import is the first one. One without names has no
 * place in most orders; simple-import-sort wants a blank line after it.
 *
 * import/order names the fewest lines that would have to move: ours, or the only one that ranks before it
 * (eslint-plugin-import, `makeOutOfOrderReport`). perfectionist and sort-imports name the import behind the one that is
 * out of order.
 */
function placeOf(rule: string, { imports, ranksBefore, isEsm }: Following, bare: boolean): Place {
  if (imports === 0) return 'none';
  if (rule === 'simple-import-sort/imports') return isEsm ? 'line' : 'none';
  // Whether an import without names has a place in perfectionist's order is a matter of its options.
  if (rule === 'perfectionist/sort-imports') return isEsm ? 'file' : 'none';
  if (bare) return 'none';
  if (rule === 'sort-imports') return isEsm ? 'file' : 'none';
  if (rule !== 'import/order' && rule !== 'import-x/order') return 'none';
  if (ranksBefore === 0) return 'none';
  return ranksBefore === 1 ? 'file' : 'line';
}

/**
 * What ESLint has to be told about an import that comes first whatever the rules of order say, and no more than that: a
 * needless directive is itself a warning.
 *
 * @param rules the rules about the order of imports that the target has switched on
 * @param file the file that gets the import
 * @param bare whether the import has no names (`import './metrics/index.js'`)
 */
export function importDirectives(
  rules: readonly string[],
  file: ts.SourceFile,
  bare: boolean,
): Required<Pick<EditOptions, 'eslintDisable' | 'eslintOffInFile'>> {
  const following = importsAfter(file, firstImportPosition(file).offset);
  const at = (place: Place) => rules.filter((rule) => placeOf(rule, following, bare) === place);
  return { eslintDisable: at('line'), eslintOffInFile: at('file') };
}

function importsAfter(file: ts.SourceFile, offset: number): Following {
  const specifiers = file.statements
    .filter((statement) => statement.getStart(file) >= offset)
    .flatMap((statement) => boundSpecifier(statement) ?? []);
  return {
    imports: specifiers.length,
    ranksBefore: specifiers.filter((specifier) => !/^\.(\/|$)/.test(specifier)).length,
    isEsm: file.statements.some(ts.isImportDeclaration),
  };
}

/** The module that a statement binds names of. */
function boundSpecifier(statement: ts.Statement): string | undefined {
  if (ts.isImportDeclaration(statement)) {
    const { importClause, moduleSpecifier } = statement;
    return importClause && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
  }
  if (!ts.isVariableStatement(statement)) return undefined;
  const values = statement.declarationList.declarations.flatMap(({ initializer }) => initializer ?? []);
  return values
    .filter(ts.isCallExpression)
    .map(loadedSpecifier)
    .find((specifier) => specifier !== undefined);
}
