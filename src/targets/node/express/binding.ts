import { ts } from 'ts-morph';
import type { Scope } from '../../../languages/typescript/scope.js';
import { isAssignment, outermost } from '../../../languages/typescript/walk.js';

/** What holds an application after the expression that creates it, and the node at which that expression ends. */
export interface Binding {
  /** As written, outermost first: `var a = b = express()` gives `a`, `b`. */
  readonly names: readonly string[];
  /** The variables among the names. */
  readonly symbols: readonly ts.Symbol[];
  /** The class whose `this` the names `this.x` mean. */
  readonly owner?: ts.ClassLikeDeclaration;
  /** The value that goes on being the application: the call, with fluent calls, assignments and parentheses around it. */
  readonly value: ts.Node;
}

/** Follows an application from the call that creates it to the variables and properties that it is put into. */
export function bindingOf(call: ts.Expression, scope: Scope): Binding {
  const names: string[] = [];
  const symbols: ts.Symbol[] = [];
  let value = followChain(call);
  const bind = (target: ts.Node): void => {
    names.unshift(target.getText());
    const symbol = ts.isIdentifier(target) ? scope.symbolOf(target) : undefined;
    if (symbol !== undefined) symbols.unshift(symbol);
  };
  while (isAssignment(value.parent) && value.parent.right === value) {
    bind(value.parent.left);
    value = outermost(value.parent);
  }
  const { parent } = value;
  if (ts.isVariableDeclaration(parent)) bind(parent.name);
  if (ts.isPropertyDeclaration(parent)) names.unshift(`this.${parent.name.getText()}`);
  if (ts.isPropertyAssignment(parent)) names.unshift(parent.name.getText());
  const owner = ts.findAncestor(call, ts.isClassLike);
  return { names, symbols, ...(owner === undefined ? {} : { owner }), value };
}

/** Methods of an application that return the application: the value of the chain is still the same one. */
const fluent =
  /^(use|get|post|put|patch|delete|head|options|all|param|set|enable|disable|engine|on|once|addListener|init)$/;

function followChain(call: ts.Expression): ts.Node {
  const value = outermost(call);
  const access = value.parent;
  const isFluent =
    ts.isPropertyAccessExpression(access) && access.expression === value && fluent.test(access.name.text);
  if (!isFluent || !ts.isCallExpression(access.parent) || access.parent.expression !== access) return value;
  return followChain(access.parent);
}
