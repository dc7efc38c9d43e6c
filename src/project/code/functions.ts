import { ts } from 'ts-morph';
import { isAssignment, unwrap } from '../../languages/typescript/walk.js';
import { isOurDeclaration, type Program } from './program.js';

/** A function of the target whose code can be read. */
export type FunctionNode = ts.FunctionLikeDeclaration & { readonly body: ts.Node };

/** Ways round: a name, its import, its export, the value that was put there. */
const mostSteps = 8;

/**
 * The function that an expression is: written there, named, imported, a method, or what a function of the target gives
 * back (`app.use(measure())`); undefined for a function that is not the target's own.
 */
export function functionOf(expression: ts.Expression, program: Program, steps = 0): FunctionNode | undefined {
  if (steps > mostSteps) return undefined;
  const node = unwrap(expression);
  if (isFunctionNode(node)) return node;
  const typed = signatureOf(node, program);
  if (typed !== undefined) return typed;
  if (ts.isCallExpression(node)) return givenBack(node, program, steps);
  for (const declaration of declarationsOf(node, program)) {
    const found = functionIn(declaration, program, steps + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** By its type: that leads through imports, objects and generics to the declaration. */
function signatureOf(node: ts.Expression, { checker }: Program): FunctionNode | undefined {
  const [signature] = checker.getTypeAtLocation(node).getCallSignatures();
  const declaration = signature?.declaration;
  return declaration !== undefined && isFunctionNode(declaration) ? declaration : undefined;
}

/** `handler.bind(this)`, and a factory that says a library's type of what it returns. */
function givenBack(call: ts.CallExpression, program: Program, steps: number): FunctionNode | undefined {
  const { expression: callee } = call;
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'bind') {
    return functionOf(callee.expression, program, steps + 1);
  }
  const factory = functionOf(callee, program, steps + 1);
  const results = factory === undefined ? [] : returned(factory);
  for (const result of results) {
    const found = functionOf(result, program, steps + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function functionIn(declaration: ts.Node, program: Program, steps: number): FunctionNode | undefined {
  if (isFunctionNode(declaration)) return declaration;
  const value = valueAt(declaration);
  return value === undefined ? undefined : functionOf(value, program, steps);
}

/** The value that a declaration gives to its name, where it is written there. */
export function valueAt(declaration: ts.Node): ts.Expression | undefined {
  if (ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration)) return declaration.initializer;
  if (ts.isPropertyDeclaration(declaration)) return declaration.initializer;
  if (ts.isExportAssignment(declaration)) return declaration.expression;
  if (ts.isShorthandPropertyAssignment(declaration)) return declaration.name;
  if (isAssignment(declaration)) return declaration.right;
  // TypeScript takes `exports.x = …` and `this.x = …` in JavaScript for declarations by what is left of the sign.
  const { parent } = declaration;
  return parent !== undefined && isAssignment(parent) && parent.left === declaration ? parent.right : undefined;
}

/** Where a name or property is declared; imports and shorthand are followed. Our own declarations are left out. */
export function declarationsOf(node: ts.Node, { checker }: Program): readonly ts.Declaration[] {
  const symbol = symbolOf(node, checker);
  return (symbol?.declarations ?? []).filter((declaration) => !isOurDeclaration(declaration));
}

/** What a name or property refers to; imports and shorthand are followed. */
export function symbolOf(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  const symbol =
    ts.isIdentifier(node) && node.parent !== undefined && ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(ts.isPropertyAccessExpression(node) ? node.name : node);
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  return checker.getAliasedSymbol(symbol);
}

/** What a function gives back, in the order of the text; inner functions do not count. */
export function returned({ body }: FunctionNode): ts.Expression[] {
  if (!ts.isBlock(body)) return ts.isExpression(body) ? [body] : [];
  const found: ts.Expression[] = [];
  walkOwn(body, (node) => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
  });
  return found;
}

/** Calls `visit` for everything in a node but what stands in functions inside it. */
export function walkOwn(node: ts.Node, visit: (node: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    visit(child);
    if (!ts.isFunctionLike(child)) walkOwn(child, visit);
  });
}

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** The innermost function around a node. */
export function functionAround(node: ts.Node): FunctionNode | undefined {
  return ts.findAncestor(node.parent, isFunctionNode);
}
