import { ts } from 'ts-morph';
import { nameText, propertyValue } from '../../languages/typescript/object-literal.js';
import { unwrap } from '../../languages/typescript/walk.js';
import { declarationsOf, valueAt } from './functions.js';
import type { Program } from './program.js';

/** A bound against constants that are made of themselves. */
const deepest = 12;

/** The text that an expression always has: a literal, or a constant of this or another file. */
export function constantText(expression: ts.Expression, program: Program, depth = deepest): string | undefined {
  if (depth === 0) return undefined;
  const textOf = (part: ts.Expression) => constantText(part, program, depth - 1);
  const node = constantOf(expression, program);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return joined([textOf(node.left), textOf(node.right)]);
  }
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.flatMap(({ expression: part, literal }) => [textOf(part), literal.text]);
    return joined([node.head.text, ...parts]);
  }
  const type = program.checker.getTypeAtLocation(node);
  return type.isStringLiteral() ? type.value : undefined;
}

/** The expressions that a list consists of, those of lists that are spread in it among them; undefined where it is none. */
export function itemsOf(list: ts.Expression, program: Program, depth = deepest): readonly ts.Expression[] | undefined {
  if (depth === 0) return undefined;
  const value = constantOf(list, program);
  if (!ts.isArrayLiteralExpression(value)) return undefined;
  const items = value.elements.map((item) =>
    ts.isSpreadElement(item) ? itemsOf(item.expression, program, depth - 1) : [item],
  );
  return items.every((some) => some !== undefined) ? items.flat() : undefined;
}

/** What an object has under a name: there, or in an object that is spread in it; what comes later counts. */
export function propertyOf(
  object: ts.ObjectLiteralExpression,
  name: string,
  program: Program,
  depth = deepest,
): ts.Expression | undefined {
  if (depth === 0) return undefined;
  for (const property of [...object.properties].reverse()) {
    const isNamed = property.name !== undefined && nameText(property.name) === name;
    if (isNamed && ts.isShorthandPropertyAssignment(property)) return property.name;
    if (isNamed && ts.isPropertyAssignment(property)) return property.initializer;
    const spread = ts.isSpreadAssignment(property) ? objectOf(property.expression, program) : undefined;
    const value = spread && propertyOf(spread, name, program, depth - 1);
    if (value !== undefined) return value;
  }
  return undefined;
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

function joined(parts: readonly (string | undefined)[]): string | undefined {
  return parts.every((part) => part !== undefined) ? parts.join('') : undefined;
}
