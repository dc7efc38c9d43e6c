import { ts } from 'ts-morph';
import { createModuleReader, loadedSpecifier, type ModuleValue } from './module-value.js';
import { isBindingName } from './names.js';
import { lineAt, parseSource } from './parse.js';
import { createScope } from './scope.js';
import { isAssignment, walk } from './walk.js';

/** A name that stands for a module, or for one of its exports, in a file. */
export interface BoundName {
  readonly name: string;
  /** `*` the module itself, `default`, or the export's name. */
  readonly imported: ModuleValue;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The names that a file binds to a module or to its exports, in the order of the text, once for each declaration or
 * assignment that binds.
 *
 * @param modules specifiers that name the module, such as `['prom-client']`.
 */
export function boundNames(path: string, text: string, modules: readonly string[]): BoundName[] {
  const file = parseSource(path, text);
  const read = createModuleReader(file, createScope(file), modules);
  const found: BoundName[] = [];
  walk(file, (node) => {
    const identifier = bindingIdentifier(node);
    const imported = identifier && read(identifier);
    if (identifier === undefined || imported === undefined) return;
    found.push({ name: identifier.text, imported, line: lineAt(file, identifier.getStart()) });
  });
  return found;
}

/** A name where it is declared, or where something is assigned to it. */
function bindingIdentifier(node: ts.Node): ts.Identifier | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const { parent } = node;
  return isBindingName(node) || (isAssignment(parent) && parent.left === node) ? node : undefined;
}

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
