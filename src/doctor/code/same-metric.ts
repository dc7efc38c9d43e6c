import { ts } from 'ts-morph';
import { symbolOf } from '../../project/code/functions.js';
import type { MetricDeclaration } from '../../project/code/metrics.js';
import type { Program } from '../../project/code/program.js';

/** Whether an expression is the variable or property that a metric was put into. */
export function sameMetric(expression: ts.Expression, { node }: MetricDeclaration, { checker }: Program): boolean {
  const symbol = symbolOf(expression, checker);
  if (symbol === undefined) return false;
  if ((symbol.declarations ?? []).some((declaration) => holds(declaration, node))) return true;
  // `this.duration = new Histogram(…)`, where the property is declared elsewhere.
  const { parent } = node;
  return ts.isBinaryExpression(parent) && parent.right === node && symbolOf(parent.left, checker) === symbol;
}

/** Whether a declaration is the one of the metric's own name, not of something that has it somewhere inside. */
function holds(declaration: ts.Node, node: ts.Node): boolean {
  let inner: ts.Node = node;
  while (
    ts.isAsExpression(inner.parent) ||
    ts.isParenthesizedExpression(inner.parent) ||
    ts.isCallExpression(inner.parent)
  ) {
    inner = inner.parent;
  }
  if (inner.parent === declaration) return true;
  return (
    ts.isBinaryExpression(inner.parent) && (inner.parent.left === declaration || inner.parent.parent === declaration)
  );
}
