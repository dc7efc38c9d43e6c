import { ts } from 'ts-morph';
import { literalValue, resolveConstant } from '../languages/typescript/object-literal.js';
import type { Scope } from '../languages/typescript/scope.js';

/**
 * The number of processes that an expression names, as far as that can be told without running it: a literal, the
 * fallback of `process.env.WEB_CONCURRENCY || 4`, the same in `Number(…)`; undefined for a number of processors and
 * everything else.
 */
export function countIn(expression: ts.Expression | undefined, scope: Scope): number | undefined {
  if (expression === undefined) return undefined;
  const node = resolveConstant(expression, scope);
  const value = literalValue(node);
  if (value !== undefined) return positive(value);
  if (ts.isBinaryExpression(node) && isAlternative(node))
    return countIn(node.right, scope) ?? countIn(node.left, scope);
  if (ts.isPrefixUnaryExpression(node)) return countIn(node.operand, scope);
  if (ts.isCallExpression(node) && /^(?:Number(?:\.parseInt)?|parseInt)$/.test(node.expression.getText())) {
    return countIn(node.arguments[0], scope);
  }
  return undefined;
}

/** The number in a word of a command or a file; undefined for `max` and for what counts from the processors (0, -1). */
export function positive(value: unknown): number | undefined {
  return /^[1-9]\d{0,4}$/.test(String(value)) ? Number(value) : undefined;
}

function isAlternative({ operatorToken }: ts.BinaryExpression): boolean {
  return [ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken].includes(operatorToken.kind);
}
