import { ts } from 'ts-morph';
import { unwrap, walk } from '../../languages/typescript/walk.js';
import { constantText, objectOf, propertyOf } from './constants.js';
import { factoryCalls } from './factories.js';
import type { Program } from './program.js';
import { couldBeClient, isMetricType, knownType, type MetricType } from './types.js';

/** Where a metric is declared. */
export interface MetricDeclaration {
  readonly type: MetricType;
  readonly node: ts.NewExpression | ts.CallExpression;
  /** As far as the code says it. */
  readonly name: MetricName | undefined;
  /** The options, where they are written out. */
  readonly options: ts.ObjectLiteralExpression | undefined;
  readonly option: (name: string) => ts.Expression | undefined;
}

export interface MetricName {
  readonly text: string;
  /** Whether `text` is only the end of it: before it stands something computed, such as a prefix. */
  readonly isEnd: boolean;
  readonly node: ts.Node;
}

/** Where a metric gets a value, or a timer is started or ended. */
export interface MetricUpdate {
  readonly type: MetricType | 'EndTimer';
  readonly method: string;
  readonly call: ts.CallExpression;
  /** The metric, without the `labels(…)` in between. */
  readonly metric: ts.Expression;
  /** What is given as labels: an object, or the values one by one. */
  readonly labels: readonly ts.Expression[];
  /** What is added, set or observed. */
  readonly value: ts.Expression | undefined;
}

const updating = new Set(['inc', 'dec', 'set', 'observe', 'labels', 'startTimer', 'setToCurrentTime', 'zero']);

/** NestJS declares metrics by providers. */
const providers = new Map<string, MetricType>([
  ['makeCounterProvider', 'Counter'],
  ['makeGaugeProvider', 'Gauge'],
  ['makeHistogramProvider', 'Histogram'],
  ['makeSummaryProvider', 'Summary'],
]);

/** All metrics that a program declares, and all places that update one. */
export function findMetrics(program: Program): { declarations: MetricDeclaration[]; updates: MetricUpdate[] } {
  const declarations: MetricDeclaration[] = [];
  const updates: MetricUpdate[] = [];
  const hasTimers = program.files.some(({ text }) => text.includes('startTimer'));
  for (const file of program.files) {
    walk(file, (node) => {
      if (ts.isNewExpression(node)) declarations.push(...declared(node, program));
      if (!ts.isCallExpression(node)) return;
      declarations.push(...provided(node, program));
      const update = updateOf(node, program, hasTimers);
      if (update !== undefined) updates.push(update);
    });
  }
  const made = declarations.flatMap(({ type, node, name }) =>
    name === undefined && ts.isNewExpression(node) ? [{ type, node }] : [],
  );
  for (const { type, call, options, given } of factoryCalls(made, program)) {
    if (objectOf(options, program) !== undefined) declarations.push(describe(type, call, [options], program, given));
  }
  return { declarations, updates };
}

function declared(node: ts.NewExpression, program: Program): MetricDeclaration[] {
  if (node.arguments === undefined || node.arguments.length === 0 || !couldBeClient(node)) return [];
  const type = knownType(node, program);
  return isMetricType(type) ? [describe(type, node, node.arguments, program)] : [];
}

function provided(node: ts.CallExpression, program: Program): MetricDeclaration[] {
  const { expression } = node;
  const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
  const type = providers.get(name);
  return type === undefined || !/nestjs-prometheus/.test(node.getSourceFile().text)
    ? []
    : [describe(type, node, node.arguments, program)];
}

/** @param added what a function of the target adds to what it is given */
function describe(
  type: MetricType,
  node: MetricDeclaration['node'],
  given: readonly ts.Expression[],
  program: Program,
  added?: ts.Expression,
): MetricDeclaration {
  const [first] = given;
  const options = given.map((argument) => objectOf(argument, program)).find((object) => object !== undefined);
  const others = added && objectOf(added, program);
  const option = (name: string) =>
    (options && propertyOf(options, name, program)) ?? (others && propertyOf(others, name, program));
  // Before version 11 of prom-client, name and help were arguments of their own.
  const isPositional = first !== undefined && objectOf(first, program) === undefined && given.length > 1;
  const name = isPositional ? first : option('name');
  return { type, node, options, option, name: name && nameOf(name, program) };
}

function nameOf(expression: ts.Expression, program: Program): MetricName | undefined {
  const node = unwrap(expression);
  const text = constantText(node, program);
  if (text !== undefined) return { text, isEnd: false, node };
  if (ts.isTemplateExpression(node)) {
    const end = node.templateSpans.at(-1)?.literal.text ?? '';
    return end === '' ? undefined : { text: end, isEnd: true, node };
  }
  const isSum = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
  const end = isSum ? constantText(unwrap(node.right), program) : undefined;
  return end === undefined ? undefined : { text: end, isEnd: true, node };
}

function updateOf(call: ts.CallExpression, program: Program, hasTimers: boolean): MetricUpdate | undefined {
  const callee = unwrap(call.expression);
  if (ts.isPropertyAccessExpression(callee) && updating.has(callee.name.text)) {
    const type = knownType(callee.expression, program);
    if (isMetricType(type)) return describeUpdate(type, call, callee, program);
  }
  const couldEndTimer = hasTimers && (ts.isIdentifier(callee) || ts.isPropertyAccessExpression(callee));
  if (!couldEndTimer || knownType(callee, program) !== 'EndTimer') return undefined;
  return {
    type: 'EndTimer',
    method: 'end',
    call,
    metric: callee,
    labels: call.arguments.slice(0, 1),
    value: undefined,
  };
}

function describeUpdate(
  type: MetricType,
  call: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  program: Program,
): MetricUpdate {
  const method = callee.name.text;
  const { arguments: given } = call;
  const metric = withoutLabels(callee.expression);
  if (method === 'labels') return { type, method, call, metric, labels: [...given], value: undefined };
  const [first, second] = given;
  const hasLabels =
    first !== undefined && (second !== undefined || method === 'startTimer' || couldBeLabels(first, program));
  const labels = hasLabels ? [first] : [];
  return { type, method, call, metric, labels, value: hasLabels ? second : first };
}

/** `metric.labels('x')` is the same metric. */
function withoutLabels(receiver: ts.Expression): ts.Expression {
  const node = unwrap(receiver);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return node;
  return node.expression.name.text === 'labels' ? unwrap(node.expression.expression) : node;
}

/** A lone argument: labels where it is an object, else the value. */
function couldBeLabels(argument: ts.Expression, { checker }: Program): boolean {
  const node = unwrap(argument);
  if (ts.isObjectLiteralExpression(node)) return true;
  return (checker.getTypeAtLocation(node).flags & ts.TypeFlags.Object) !== 0;
}
