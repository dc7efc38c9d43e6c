import { ts } from 'ts-morph';
import { unwrap } from '../../languages/typescript/walk.js';
import { constantOf } from '../../project/code/constants.js';
import { declarationsOf, valueAt } from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';

/**
 * Whether an expression certainly is a number of milliseconds: a difference of `Date.now()`, `performance.now()` or dates,
 * or `process.hrtime()` brought to milliseconds; followed through constants. Divided by 1000 it is not.
 */
export function isMilliseconds(expression: ts.Expression, program: Program, steps = 0): boolean {
  const node = unwrap(expression);
  if (steps > 4) return false;
  if (ts.isIdentifier(node)) {
    return declarationsOf(node, program).some((declaration) => {
      const value = ts.isVariableDeclaration(declaration) ? valueAt(declaration) : undefined;
      return value !== undefined && isMilliseconds(value, program, steps + 1);
    });
  }
  if (ts.isCallExpression(node)) {
    const [argument] = node.arguments;
    const isCopy = /^(?:Math\.\w+|Number|parseFloat|parseInt)$/.test(node.expression.getText());
    return isCopy && argument !== undefined && isMilliseconds(argument, program, steps + 1);
  }
  if (!ts.isBinaryExpression(node)) return false;
  const { operatorToken, left, right } = node;
  if (operatorToken.kind === ts.SyntaxKind.MinusToken) return isNow(left, program) && !isScaled(right, program);
  // `seconds * 1000 + nanoseconds / 1e6`
  const isSum = operatorToken.kind === ts.SyntaxKind.PlusToken;
  return isSum && /\*\s*(?:1000|1e3)\b/.test(left.getText()) && /\/\s*(?:1e6|1_?000_?000)\b/.test(right.getText());
}

/** `Date.now()`, `new Date()`, `performance.now()`, `new Date().getTime()`, `+` before one, and a constant that is one. */
function isNow(expression: ts.Expression, program: Program): boolean {
  const text = constantOf(expression, program).getText().replace(/\s+/g, '');
  return /^(?:Date\.now\(\)|performance\.now\(\)|\+?newDate\(\)(?:\.(?:getTime|valueOf)\(\))?)$/.test(text);
}

/** A start that was kept in seconds gives no difference in milliseconds; it would be a fault of another kind. */
function isScaled(start: ts.Expression, program: Program): boolean {
  const node = unwrap(start);
  const values = ts.isIdentifier(node) ? declarationsOf(node, program).flatMap((each) => valueAt(each) ?? []) : [node];
  return values.some((value) => /\/\s*(?:1000|1e3)\b/.test(value.getText()));
}
