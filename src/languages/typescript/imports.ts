import { ts } from 'ts-morph';
import { loadedSpecifier } from './module-value.js';
import { parseSource } from './parse.js';
import { walk } from './walk.js';

/** A module that a file loads. */
export interface ImportedSpecifier {
  readonly specifier: string;
  readonly kind: 'import' | 'export' | 'require' | 'dynamic';
  /** True when the import goes away in compilation (`import type`, or every name in it marked as a type). */
  readonly typeOnly: boolean;
  /** Where the literal is, its quotes included. */
  readonly start: number;
  readonly end: number;
}

/** Everything a file imports, re-exports from, requires or loads with `import()`, in the order of the text. */
export function importedSpecifiers(path: string, text: string): ImportedSpecifier[] {
  return specifiersIn(parseSource(path, text));
}

/** {@link importedSpecifiers} of a file, or of a part of one, that is parsed already. */
export function specifiersIn(root: ts.Node): ImportedSpecifier[] {
  const found: ImportedSpecifier[] = [];
  walk(root, (node) => {
    const load = loadOf(node);
    if (load === undefined || !ts.isStringLiteralLike(load.literal)) return;
    const { literal, kind, typeOnly = false } = load;
    found.push({ specifier: literal.text, kind, typeOnly, start: literal.getStart(), end: literal.end });
  });
  return found;
}

interface Load {
  readonly literal: ts.Node;
  readonly kind: ImportedSpecifier['kind'];
  readonly typeOnly?: boolean;
}

function loadOf(node: ts.Node): Load | undefined {
  if (ts.isImportDeclaration(node)) {
    return { literal: node.moduleSpecifier, kind: 'import', typeOnly: importsTypesOnly(node.importClause) };
  }
  if (ts.isExportDeclaration(node)) {
    const { moduleSpecifier: literal } = node;
    return literal && { literal, kind: 'export', typeOnly: node.isTypeOnly };
  }
  if (ts.isExternalModuleReference(node)) {
    return { literal: node.expression, kind: 'require', typeOnly: node.parent.isTypeOnly };
  }
  const [argument] = ts.isCallExpression(node) ? node.arguments : [];
  if (argument === undefined || !ts.isCallExpression(node) || loadedSpecifier(node) === undefined) return undefined;
  return { literal: argument, kind: ts.isIdentifier(node.expression) ? 'require' : 'dynamic' };
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined || clause.name !== undefined) return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { namedBindings } = clause;
  if (namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}
