import { ts } from 'ts-morph';
import { unwrap, walk } from '../../languages/typescript/walk.js';
import { declarationsOf, functionOf, returned, valueAt } from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';

/** True when the type of an expression is a fixed list of values: literals, an enum, true and false. */
export function isBoundedByType(node: ts.Expression, { checker }: Program): boolean {
  const type = checker.getTypeAtLocation(node);
  const parts = type.isUnion() ? type.types : [type];
  const literal = ts.TypeFlags.Literal | ts.TypeFlags.EnumLike | ts.TypeFlags.BooleanLike;
  return parts.every((part) => (part.flags & literal) !== 0);
}

/** String methods that give the same text, or a part of it. */
const copying = new Set([
  ...[
    'split',
    'slice',
    'substring',
    'substr',
    'toLowerCase',
    'toUpperCase',
    'trim',
    'trimStart',
    'trimEnd',
    'toString',
  ],
  ...[
    'concat',
    'join',
    'pop',
    'shift',
    'at',
    'filter',
    'normalize',
    'padEnd',
    'valueOf',
    'replace',
    'replaceAll',
    'reverse',
  ],
]);

/** Whether it is the first part of a text that begins with a written one: `key.split(':')[0]` of `user:${id}`. */
export function isFixedStart(
  { expression, argumentExpression }: ts.ElementAccessExpression,
  program: Program,
): boolean {
  const call = unwrap(expression);
  if (argumentExpression.getText() !== '0' || !ts.isCallExpression(call)) return false;
  const [separator] = call.arguments;
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'split') return false;
  if (separator === undefined || !ts.isStringLiteralLike(separator) || separator.text === '') return false;
  return beginsWith(call.expression.expression, separator.text, program);
}

function beginsWith(expression: ts.Expression, separator: string, program: Program, steps = 0): boolean {
  const node = unwrap(expression);
  if (ts.isTemplateExpression(node)) return node.head.text.includes(separator);
  if (ts.isStringLiteralLike(node)) return true;
  if (ts.isConditionalExpression(node)) {
    return [node.whenTrue, node.whenFalse].every((branch) => beginsWith(branch, separator, program, steps));
  }
  if (steps > 2) return false;
  if (ts.isCallExpression(node)) {
    const own = functionOf(node.expression, program);
    const results = own === undefined ? [] : returned(own);
    return results.length > 0 && results.every((result) => beginsWith(result, separator, program, steps + 1));
  }
  if (!ts.isIdentifier(node)) return false;
  const [declaration] = declarationsOf(node, program);
  const isConstant = declaration !== undefined && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  const value = isConstant ? valueAt(declaration) : undefined;
  return value !== undefined && beginsWith(value, separator, program, steps + 1);
}

/** Whether a method of a text gives text that is as unbounded; a `replace` that masks numbers and the like does not. */
export function passesOn(receiver: ts.Expression, method: string, given: readonly ts.Expression[]): boolean {
  if (!copying.has(method)) return false;
  return !isMasking(method, given) && !masksValues(receiver);
}

/** Whether there is a `replace` of digits, hexadecimal numbers or identifiers in a piece of code. */
export function masksValues(node: ts.Node): boolean {
  let found = false;
  walk(node, (part) => {
    if (!ts.isCallExpression(part) || !ts.isPropertyAccessExpression(part.expression)) return !found;
    found ||= isMasking(part.expression.name.text, part.arguments);
    return !found;
  });
  return found;
}

function isMasking(method: string, [pattern]: readonly ts.Expression[]): boolean {
  if (method !== 'replace' && method !== 'replaceAll') return method === 'map';
  if (pattern === undefined) return false;
  // A pattern that is kept elsewhere is there for a reason.
  if (!ts.isRegularExpressionLiteral(pattern)) return !ts.isStringLiteralLike(pattern);
  return /\\d|0-9|a-f|\[\^\/|\\w/i.test(pattern.text);
}

/** Whether a condition holds only for the members of a list, and a text is that member. */
export function isChecked(condition: ts.Expression, value: ts.Expression): boolean {
  const text = unwrap(value).getText();
  const node = unwrap(condition);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const isMember = /^(?:includes|has|hasOwn|hasOwnProperty)$/.test(node.expression.name.text);
    return isMember && node.arguments.some((argument) => argument.getText() === text);
  }
  if (!ts.isBinaryExpression(node)) return false;
  const { operatorToken, left, right } = node;
  if (operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)
    return isChecked(left, value) || isChecked(right, value);
  if (operatorToken.kind === ts.SyntaxKind.InKeyword) return left.getText() === text;
  const isEqual = operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken;
  return isEqual && left.getText() === text && (ts.isStringLiteralLike(right) || ts.isNumericLiteral(right));
}

/** Whether a place is only reached when a list has the value: in the `if` that asks, or behind one that leaves. */
export function isGuarded(place: ts.Node, value: ts.Expression): boolean {
  for (let node = place; node.parent !== undefined && !ts.isFunctionLike(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && parent.thenStatement === node && isChecked(parent.expression, value)) return true;
    if (ts.isBlock(parent) && leavesUnlessChecked(parent, node, value)) return true;
  }
  return false;
}

/** `if (!known.has(path)) return;` before the place. */
function leavesUnlessChecked(block: ts.Block, place: ts.Node, value: ts.Expression): boolean {
  return block.statements.some((statement) => {
    if (statement.pos >= place.pos || !ts.isIfStatement(statement)) return false;
    const condition = unwrap(statement.expression);
    const isNegated = ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken;
    return (
      isNegated && isChecked(condition.operand, value) && /\breturn\b|\bthrow\b/.test(statement.thenStatement.getText())
    );
  });
}
