import { ts } from 'ts-morph';
import { propertyValue } from '../../languages/typescript/object-literal.js';
import { unwrap } from '../../languages/typescript/walk.js';
import { declarationsOf, valueAt } from './functions.js';
import type { Program } from './program.js';

/** The text that an expression always has: a literal, or a constant of this or another file. */
export function constantText(expression: ts.Expression, program: Program): string | undefined {
  const node = constantOf(expression, program);
  if (ts.isStringLiteralLike(node)) return node.text;
  const type = program.checker.getTypeAtLocation(node);
  return type.isStringLiteral() ? type.value : undefined;
}

/** The object that an expression is, where it is written out: there, or in a constant. */
export function objectOf(expression: ts.Expression, program: Program): ts.ObjectLiteralExpression | undefined {
  const node = constantOf(expression, program);
  return ts.isObjectLiteralExpression(node) ? node : undefined;
}

/** The expression that a name stands for as long as it is declared once; the expression itself where it is no name. */
export function constantOf(expression: ts.Expression, program: Program): ts.Expression {
  let current = unwrap(expression);
  for (let steps = 0; steps < 6; steps += 1) {
    const value = nextValue(current, program);
    if (value === undefined || value === current) return current;
    current = unwrap(value);
  }
  return current;
}

function nextValue(node: ts.Expression, program: Program): ts.Expression | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    // Through the object as it is written: its type may be one that does not know the very property.
    const object = ts.isIdentifier(node.expression) ? objectOf(node.expression, program) : undefined;
    const value = object && propertyValue(object, [node.name.text]);
    if (value !== undefined) return value;
  } else if (!ts.isIdentifier(node)) return undefined;
  const [declaration, ...others] = declarationsOf(node, program);
  const value = declaration === undefined || others.length > 0 ? undefined : valueAt(declaration);
  return value === undefined || (isChangeable(declaration) && !isObject(value)) ? undefined : value;
}

/** `let count = 0` may be anything by the time it is used; of an object, the parts that are written there stay. */
function isChangeable(declaration: ts.Declaration | undefined): boolean {
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) === 0;
}

function isObject(value: ts.Expression): boolean {
  const node = unwrap(value);
  return ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}
