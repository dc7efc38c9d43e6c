import { ts } from 'ts-morph';
import { walk } from './walk.js';

/**
 * How a file takes in another module: `import { a } from 'x'`, `const { a } = require('x')`, or TypeScript's
 * `import x = require('x')` (all that `verbatimModuleSyntax` allows in a CommonJS file).
 */
export type ImportForm = 'esm' | 'cjs' | 'import-equals';

/**
 * The form that a file's own code uses; where it shows none, its extension, and then `fallback` (the package's `type`,
 * tsconfig's `module`) decides.
 */
export function importForm(file: ts.SourceFile, fallback: 'esm' | 'cjs'): ImportForm {
  if (file.statements.some(isEsmStatement)) return 'esm';
  if (file.statements.some(isImportEqualsOrExportEquals)) return 'import-equals';
  if (/\.mjs$|\.mts$/i.test(file.fileName)) return 'esm';
  if (/\.cjs$/i.test(file.fileName)) return 'cjs';
  if (usesCommonJs(file)) return 'cjs';
  return fallback;
}

function isEsmStatement(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return true;
  if (ts.isExportAssignment(statement)) return statement.isExportEquals !== true;
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return (
    modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) &&
    !ts.isImportEqualsDeclaration(statement)
  );
}

function isImportEqualsOrExportEquals(statement: ts.Statement): boolean {
  const isRequire = ts.isImportEqualsDeclaration(statement) && ts.isExternalModuleReference(statement.moduleReference);
  return isRequire || (ts.isExportAssignment(statement) && statement.isExportEquals === true);
}

function usesCommonJs(file: ts.SourceFile): boolean {
  let found = false;
  walk(file, (node) => {
    if (ts.isIdentifier(node)) found ||= isCommonJsName(node);
    return !found;
  });
  return found;
}

/** `require(…)`, `module.exports`, `exports.x`. */
function isCommonJsName(node: ts.Identifier): boolean {
  const { parent, text } = node;
  if (ts.isCallExpression(parent)) return text === 'require' && parent.expression === node;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return false;
  return text === 'exports' || (text === 'module' && parent.name.text === 'exports');
}
