import { ts } from 'ts-morph';
import type { Scope } from '../../../languages/typescript/scope.js';
import { isAssignment, outermost, walk } from '../../../languages/typescript/walk.js';
import type { Binding } from './binding.js';

/** What a file does with an application. */
export interface AppUse {
  readonly mounted: boolean;
  readonly listens: boolean;
  readonly exported: boolean;
}

/** Looks at every place where the application, or a name that holds it, stands. */
export function appUse(file: ts.SourceFile, binding: Binding, scope: Scope): AppUse {
  const places = [binding.value, ...references(file, binding, scope)].map(outermost);
  return {
    mounted: places.some(isMounted),
    listens: places.some(isServed),
    exported: binding.names.some(isExportTarget) || places.some(isExported) || isExportedVariable(binding),
  };
}

function references(file: ts.SourceFile, binding: Binding, scope: Scope): ts.Node[] {
  const found: ts.Node[] = [];
  walk(file, (node) => {
    const isReference = ts.isIdentifier(node) ? isVariable(node, binding, scope) : isProperty(node, binding);
    if (isReference) found.push(node);
  });
  return found;
}

function isVariable(node: ts.Identifier, { names, symbols }: Binding, scope: Scope): boolean {
  if (!names.includes(node.text) || isMemberName(node)) return false;
  const symbol = scope.symbolOf(node);
  return symbol !== undefined && symbols.includes(symbol);
}

function isProperty(node: ts.Node, { names, owner }: Binding): boolean {
  if (!ts.isPropertyAccessExpression(node) || !names.includes(node.getText())) return false;
  return node.expression.kind !== ts.SyntaxKind.ThisKeyword || ts.findAncestor(node, ts.isClassLike) === owner;
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.name === node;
}

/** `parent.use('/path', app)`, also through another call as in `parent.use(vhost('x', app))`. */
function isMounted(place: ts.Node): boolean {
  const call = callWithArgument(place);
  if (call === undefined) return false;
  return calledMethod(call) === 'use' || isMounted(outermost(call));
}

/** `app.listen()`, `http.createServer(options, app)`, `server.on('request', app)`, `serverless(app)`. */
function isServed(place: ts.Node): boolean {
  const { parent } = place;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === place) return parent.name.text === 'listen';
  const call = callWithArgument(place);
  if (call === undefined) return false;
  const method = calledMethod(call) ?? '';
  if (method === 'on') return call.arguments?.[0]?.getText().slice(1, -1) === 'request';
  return /^(create(Secure)?Server|Server|serverless(Http|Express)?|toLambda|onRequest)$/i.test(method);
}

function calledMethod({ expression }: ts.CallExpression | ts.NewExpression): string | undefined {
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : undefined;
}

function callWithArgument(place: ts.Node): ts.CallExpression | ts.NewExpression | undefined {
  const { parent } = place;
  const isCall = ts.isCallExpression(parent) || ts.isNewExpression(parent);
  return isCall && parent.expression !== place ? parent : undefined;
}

/** `return app`, `() => app`, `export default app`, `export { app }`, `module.exports = app`, `module.exports = { app }`. */
function isExported(place: ts.Node): boolean {
  const { parent } = place;
  if (ts.isReturnStatement(parent) || ts.isExportAssignment(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isArrowFunction(parent)) return parent.body === place;
  if (isAssignment(parent)) return parent.right === place && isExportTarget(parent.left.getText());
  if (ts.isShorthandPropertyAssignment(parent)) return isExported(parent.parent);
  return ts.isPropertyAssignment(parent) && parent.initializer === place && isExported(outermost(parent.parent));
}

function isExportTarget(target: string): boolean {
  return /^(module\.)?exports\b/.test(target);
}

function isExportedVariable({ value }: Binding): boolean {
  const statement = ts.findAncestor(value, (node) => ts.isStatement(node) || ts.isFunctionLike(node));
  if (statement === undefined || !ts.isVariableStatement(statement)) return false;
  return (statement.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}
