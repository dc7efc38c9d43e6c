import type { EditOptions } from './edit-options.js';

/** Rules that point at the import which follows the one out of order. */
const reportedBehind: readonly string[] = ['perfectionist/sort-imports', 'sort-imports'];

/** Rules that have nothing against an import that is the first one of its file. */
const content: readonly string[] = ['import/first'];

/** The rules that also judge an import without names; to the others it is not one that has a place. */
const judgeBare: readonly string[] = ['simple-import-sort/imports'];

/**
 * What ESLint has to be told about an import that comes first whatever the rules of order say, and no more than that: a
 * needless directive is itself a warning.
 *
 * @param rules the rules about the order of imports that the target has switched on
 * @param bare whether the import has no names (`import './metrics/index.js'`)
 */
export function importDirectives(
  rules: readonly string[],
  bare: boolean,
): Pick<EditOptions, 'eslintDisable' | 'eslintDisableInFile'> {
  const broken = rules.filter((rule) => !content.includes(rule) && (!bare || judgeBare.includes(rule)));
  return {
    eslintDisable: broken.filter((rule) => !reportedBehind.includes(rule)),
    eslintDisableInFile: broken.filter((rule) => reportedBehind.includes(rule)),
  };
}
