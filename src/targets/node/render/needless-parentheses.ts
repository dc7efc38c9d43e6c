import { ts } from 'ts-morph';

/**
 * True for parentheses that only a type inside them needs, as in `(x as T).y`: without the type they can go, and a
 * formatter would take them out. Kept around everything but names, calls and accesses, where they might have a meaning.
 */
export function areNeedlessWithoutTypes(node: ts.ParenthesizedExpression): boolean {
  const { expression } = node;
  if (!ts.isAsExpression(expression) && !ts.isSatisfiesExpression(expression)) return false;
  const inner = withoutTypes(expression);
  // `(a?.b as T).c` stops the optional chain where `a?.b.c` goes on, and `new (f() as T)()` constructs something else.
  if (ts.isOptionalChain(inner) || ts.isNewExpression(node.parent)) return false;
  return (
    ts.isIdentifier(inner) ||
    inner.kind === ts.SyntaxKind.ThisKeyword ||
    ts.isPropertyAccessExpression(inner) ||
    ts.isElementAccessExpression(inner) ||
    ts.isCallExpression(inner) ||
    ts.isParenthesizedExpression(inner)
  );
}

function withoutTypes(expression: ts.Expression): ts.Expression {
  const isType =
    ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression) || ts.isNonNullExpression(expression);
  return isType ? withoutTypes(expression.expression) : expression;
}
