import { ts } from 'ts-morph';
import { lineAt } from '../../../languages/typescript/parse.js';
import type { ListedName } from './names-list.js';

/** A name that is passed on from another module, and has to be taken from it first. */
export interface Reexport extends ListedName {
  readonly statement: ts.ExportDeclaration;
}

/** What a module exports, and what of that it does not have yet. */
export interface ModuleNames {
  /** For `module.exports`: the exported name, and the local one. */
  readonly exports: readonly ListedName[];
  readonly reexports: readonly Reexport[];
}

/** Collects what an ES module exports, in the order of the text. */
export function collectNames(file: ts.SourceFile): ModuleNames {
  const imported = importedNames(file);
  const exports: ListedName[] = [];
  const reexports: Reexport[] = [];
  for (const statement of file.statements) {
    for (const name of declaredExports(file, statement)) exports.push({ from: name, to: name });
    for (const { from, to, module } of listedExports(statement)) {
      const known = module === undefined ? from : imported.get(`${module} ${from}`);
      exports.push({ from: to, to: known ?? to });
      if (known === undefined && ts.isExportDeclaration(statement)) reexports.push({ from, to, statement });
    }
  }
  return { exports, reexports };
}

/** Local names, by module and imported name. */
function importedNames(file: ts.SourceFile): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of file.statements) {
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
    if (bindings === undefined || !ts.isNamedImports(bindings) || !ts.isImportDeclaration(statement)) continue;
    for (const { propertyName, name } of bindings.elements) {
      names.set(`${literalText(statement.moduleSpecifier)} ${(propertyName ?? name).text}`, name.text);
    }
  }
  return names;
}

function listedExports(statement: ts.Statement): (ListedName & { readonly module: string | undefined })[] {
  if (!ts.isExportDeclaration(statement)) return [];
  const { exportClause, moduleSpecifier } = statement;
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.map(({ propertyName, name }) => ({
    from: (propertyName ?? name).text,
    to: name.text,
    module: moduleSpecifier && literalText(moduleSpecifier),
  }));
}

function literalText(node: ts.Expression): string {
  return ts.isStringLiteral(node) ? node.text : node.getText();
}

/** The names that an `export` in front of a declaration exports. */
function declaredExports(file: ts.SourceFile, statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.text ?? ''];
  const isConstant = ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
  const names = isConstant ? statement.declarationList.declarations.map(({ name }) => name) : [];
  if (names.length === 0 || !names.every(ts.isIdentifier)) {
    throw new TypeError(
      `line ${lineAt(file, statement.getStart(file))}: only functions, classes and constants are exported`,
    );
  }
  return names.map((name) => name.text);
}
