import { ts } from 'ts-morph';
import type { Scope } from './scope.js';
import { isAssignment, unwrap, walk } from './walk.js';

/**
 * What an expression takes from a module: `*` the module itself (`require('x')`, `import * as x`), `default` its default
 * export, otherwise the name of an export.
 */
export type ModuleValue = string;

/** Tells what an expression takes from a module; undefined when it takes nothing from it. */
export type ModuleReader = (expression: ts.Expression) => ModuleValue | undefined;

/**
 * A reader for one module, under all the ways in which JavaScript gets hold of one: imports, `import x = require()`,
 * `require` whole, destructured, through `.default`, assigned later, aliased, wrapped in a compiler's interop helper, and
 * `import()`. Shadowed names are told apart.
 *
 * @param modules specifiers that name the module, such as `['express']`.
 */
export function createModuleReader(file: ts.SourceFile, scope: Scope, modules: readonly string[]): ModuleReader {
  const assignments = assignmentsByName(file);
  const underWay = new Set<ts.Symbol>();

  function read(expression: ts.Expression): ModuleValue | undefined {
    const node = unwrap(expression);
    if (ts.isIdentifier(node)) return readName(node);
    if (ts.isPropertyAccessExpression(node)) return member(read(node.expression), node.name.text);
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
      return member(read(node.expression), node.argumentExpression.text);
    }
    if (isAssignment(node) || isComma(node)) return read(node.right);
    if (isAlternative(node)) return read(node.left) ?? read(node.right);
    if (ts.isCallExpression(node)) return readCall(node);
    return undefined;
  }

  function readCall(call: ts.CallExpression): ModuleValue | undefined {
    const loaded = loadedSpecifier(call);
    if (loaded !== undefined) return modules.includes(loaded) ? '*' : undefined;
    const [argument] = call.arguments;
    return argument !== undefined && isInteropHelper(call.expression) ? read(argument) : undefined;
  }

  function readName(identifier: ts.Identifier): ModuleValue | undefined {
    const symbol = scope.symbolOf(identifier);
    // A name that is defined through itself (`x = x.default`) is met again on the way.
    if (symbol === undefined || underWay.has(symbol)) return undefined;
    underWay.add(symbol);
    try {
      return first(symbol.declarations ?? [], readDeclaration) ?? readAssigned(symbol);
    } finally {
      underWay.delete(symbol);
    }
  }

  function readDeclaration(node: ts.Node): ModuleValue | undefined {
    const imported = readImport(node, modules);
    if (imported !== undefined) return imported;
    if (ts.isVariableDeclaration(node)) return node.initializer && read(node.initializer);
    if (ts.isBindingElement(node)) return member(readDeclaration(node.parent.parent), propertyName(node));
    if (ts.isParameter(node)) return readThenParameter(node);
    return undefined;
  }

  /** The first parameter of a callback in `import('x').then(callback)`. */
  function readThenParameter(node: ts.ParameterDeclaration): ModuleValue | undefined {
    const call = node.parent.parent;
    const isCallback =
      ts.isCallExpression(call) && call.arguments[0] === node.parent && node.parent.parameters[0] === node;
    if (!isCallback || !ts.isPropertyAccessExpression(call.expression)) return undefined;
    return call.expression.name.text === 'then' ? read(call.expression.expression) : undefined;
  }

  function readAssigned(symbol: ts.Symbol): ModuleValue | undefined {
    return first(assignments.get(symbol.name) ?? [], ({ target, path, value }) =>
      scope.symbolOf(target) === symbol ? path.reduce(member, read(value)) : undefined,
    );
  }

  return read;
}

/**
 * The specifier that a call loads: `require('x')` or `import('x')` with a literal; undefined for any other call.
 */
export function loadedSpecifier(call: ts.CallExpression): string | undefined {
  const [argument] = call.arguments;
  if (argument === undefined || !ts.isStringLiteralLike(argument)) return undefined;
  const isImport = call.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isIdentifier(call.expression) && call.expression.text === 'require';
  return isImport || isRequire ? argument.text : undefined;
}

function member(value: ModuleValue | undefined, name: string | undefined): ModuleValue | undefined {
  return value === '*' || value === 'default' ? name : undefined;
}

function readImport(node: ts.Node, modules: readonly string[]): ModuleValue | undefined {
  const specifier = importedFrom(node);
  if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !modules.includes(specifier.text))
    return undefined;
  if (ts.isImportClause(node)) return 'default';
  return ts.isImportSpecifier(node) ? (node.propertyName ?? node.name).text : '*';
}

function importedFrom(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportClause(node)) return node.parent.moduleSpecifier;
  if (ts.isNamespaceImport(node)) return node.parent.parent.moduleSpecifier;
  if (ts.isImportSpecifier(node)) return node.parent.parent.parent.moduleSpecifier;
  const isRequire = ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference);
  return isRequire ? node.moduleReference.expression : undefined;
}

function propertyName(element: ts.BindingElement): string | undefined {
  const name = element.propertyName ?? element.name;
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
}

/** Helpers of TypeScript, tslib, Babel, esbuild and SWC around a `require` in compiled or hand-written interop code. */
function isInteropHelper(callee: ts.Expression): boolean {
  const node = unwrap(callee);
  const inner = isComma(node) ? node.right : node;
  const name = ts.isPropertyAccessExpression(inner) ? inner.name : inner;
  return ts.isIdentifier(name) && /^_+(import(Default|Star)|interop\w*|toESM)$/i.test(name.text);
}

/** `a || b` and `a ?? b`: `require('x').default || require('x')`. */
function isAlternative(node: ts.Expression): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  return [ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken].includes(node.operatorToken.kind);
}

function isComma(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken;
}

interface NameAssignment {
  readonly target: ts.Identifier;
  /** The properties that lead from the value to the name, in a destructuring assignment. */
  readonly path: readonly string[];
  readonly value: ts.Expression;
}

function assignmentsByName(file: ts.SourceFile): Map<string, NameAssignment[]> {
  const found = new Map<string, NameAssignment[]>();
  const add = (target: ts.Expression, path: readonly string[], value: ts.Expression): void => {
    if (ts.isIdentifier(target)) found.set(target.text, [...(found.get(target.text) ?? []), { target, path, value }]);
  };
  walk(file, (node) => {
    if (!isAssignment(node)) return;
    add(node.left, [], node.right);
    if (!ts.isObjectLiteralExpression(node.left)) return;
    for (const property of node.left.properties) {
      if (ts.isShorthandPropertyAssignment(property)) add(property.name, [property.name.text], node.right);
      if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name)) {
        add(property.initializer, [property.name.text], node.right);
      }
    }
  });
  return found;
}

function first<T, R>(items: readonly T[], pick: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = pick(item);
    if (result !== undefined) return result;
  }
  return undefined;
}
