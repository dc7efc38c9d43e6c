import { ts } from 'ts-morph';
import { isAssignment, unwrap, walk } from '../../languages/typescript/walk.js';
import { declarationsOf, functionAround, symbolOf, valueAt } from '../../project/code/functions.js';
import type { MetricUpdate } from '../../project/code/metrics.js';
import type { Program } from '../../project/code/program.js';

/** A value that becomes a label. */
export interface LabelValue {
  /** The label, where the code says it at the same place. */
  readonly label: string | undefined;
  readonly value: ts.Expression;
}

/** Every label value that an update gives: of objects their properties, those that are set afterwards included. */
export function labelValues(update: MetricUpdate, program: Program): LabelValue[] {
  const isList = update.method === 'labels' && !(update.labels.length === 1 && isObjectLike(update.labels[0], program));
  if (isList) return update.labels.map((value) => ({ label: undefined, value }));
  return update.labels.flatMap((labels) => valuesIn(labels, program, 0));
}

/** The label values in an object of labels. */
export function labelsIn(labels: ts.Expression, program: Program): LabelValue[] {
  return valuesIn(labels, program, 0);
}

function isObjectLike(expression: ts.Expression | undefined, program: Program): boolean {
  return expression !== undefined && valuesIn(expression, program, 0).length > 0;
}

function valuesIn(expression: ts.Expression, program: Program, depth: number): LabelValue[] {
  const node = unwrap(expression);
  if (depth > 3) return [];
  if (ts.isObjectLiteralExpression(node)) return node.properties.flatMap((part) => valuesOfPart(part, program, depth));
  if (ts.isConditionalExpression(node)) {
    return [node.whenTrue, node.whenFalse].flatMap((branch) => valuesIn(branch, program, depth));
  }
  if (!ts.isIdentifier(node)) return [];
  const values = declarationsOf(node, program).flatMap((declaration) => {
    const value = ts.isVariableDeclaration(declaration) ? valueAt(declaration) : undefined;
    return value === undefined ? [] : valuesIn(value, program, depth + 1);
  });
  return [...values, ...setAfterwards(node, program)];
}

function valuesOfPart(part: ts.ObjectLiteralElementLike, program: Program, depth: number): LabelValue[] {
  if (ts.isSpreadAssignment(part)) return valuesIn(part.expression, program, depth + 1);
  const label = part.name === undefined || ts.isComputedPropertyName(part.name) ? undefined : part.name.text;
  if (ts.isPropertyAssignment(part)) return [{ label, value: part.initializer }];
  return ts.isShorthandPropertyAssignment(part) ? [{ label, value: part.name }] : [];
}

/** `labels.path = req.path`, in the function in which the object is used. */
function setAfterwards(name: ts.Identifier, program: Program): LabelValue[] {
  const around = functionAround(name);
  const symbol = symbolOf(name, program.checker);
  if (around === undefined || symbol === undefined) return [];
  const found: LabelValue[] = [];
  walk(around, (node) => {
    if (!isAssignment(node) || !ts.isPropertyAccessExpression(node.left)) return;
    const { expression, name: label } = node.left;
    if (!ts.isIdentifier(expression) || expression.text !== name.text) return;
    if (symbolOf(expression, program.checker) === symbol) found.push({ label: label.text, value: node.right });
  });
  return found;
}
