import { ts } from 'ts-morph';
import { isAssignment, unwrap, walk } from '../../languages/typescript/walk.js';
import { declarationsOf, type FunctionNode, functionAround } from '../../project/code/functions.js';
import type { MetricUpdate } from '../../project/code/metrics.js';
import type { Program } from '../../project/code/program.js';
import { isGuarded } from './bounds.js';
import { labelsIn, labelValues } from './labels.js';
import { type Search, type Source, unboundedInCall, unboundedSource } from './unbounded.js';
import type { Uses } from './uses.js';

/** A label value that is given to a function of the target, which makes it a label. */
export interface PassedLabel {
  readonly label: string | undefined;
  readonly source: Source;
  readonly call: ts.CallExpression;
}

/**
 * What the callers of a wrapper make unbounded: `metrics.increment(req.path)`, where `increment` gives its parameter on to
 * a metric's labels. One call is followed. A function that checks its parameter, or sets it anew, has a bound of its own.
 */
export function passedLabels(update: MetricUpdate, uses: Uses, search: Search): PassedLabel[] {
  const wrappers = functionsAround(update.call).filter((own) => own.parameters.length > 0 && !handlesItself(own));
  const found = wrappers.flatMap((own) =>
    uses.of(own).flatMap(({ call }) => {
      if (call === undefined) return [];
      return [...singleValues(update, own, call, search), ...wholeLabels(update, own, call, search)];
    }),
  );
  return found.filter(({ call, source }) => !ts.isExpression(source.node) || !isGuarded(call, source.node));
}

/** `increment(path) { requests.inc({ path }); }` */
function singleValues(update: MetricUpdate, own: FunctionNode, call: ts.CallExpression, search: Search): PassedLabel[] {
  return labelValues(update, search.program).flatMap(({ label, value }) => {
    if (isGuarded(update.call, value) || unboundedSource(value, search) !== undefined) return [];
    const source = unboundedInCall(value, own, call, search);
    return source === undefined ? [] : { label, source, call };
  });
}

/** `increment(labels) { requests.inc(labels); }`, called with the object that has the labels. */
function wholeLabels(
  { labels }: MetricUpdate,
  own: FunctionNode,
  call: ts.CallExpression,
  search: Search,
): PassedLabel[] {
  return labels.flatMap((given) => {
    const argument = call.arguments[parameterOf(given, own, search.program)];
    if (argument === undefined || call.arguments.some(ts.isSpreadElement)) return [];
    return labelsIn(argument, search.program).flatMap(({ label, value }) => {
      const source = unboundedSource(value, search);
      return source === undefined ? [] : { label, source, call };
    });
  });
}

/** Which of a function's parameters an expression is; -1 for anything else. */
function parameterOf(expression: ts.Expression, own: FunctionNode, program: Program): number {
  const node = unwrap(expression);
  const [declaration] = ts.isIdentifier(node) ? declarationsOf(node, program) : [];
  return declaration !== undefined && ts.isParameter(declaration) ? own.parameters.indexOf(declaration) : -1;
}

function functionsAround(node: ts.Node): FunctionNode[] {
  const own = functionAround(node);
  return own === undefined ? [] : [own, ...functionsAround(own)];
}

/** Whether a function asks another one about a parameter, or gives it another value. */
function handlesItself(own: FunctionNode): boolean {
  const names = new Set(own.parameters.map(({ name }) => name.getText()));
  let found = false;
  walk(own.body, (node) => {
    if (isAssignment(node)) found ||= names.has(baseOf(node.left));
    if (ts.isIfStatement(node)) found ||= asksAbout(node.expression, names);
    if (ts.isConditionalExpression(node)) found ||= asksAbout(node.condition, names);
    return !found;
  });
  return found;
}

/** `labels` of `labels.path = …` */
function baseOf(left: ts.Expression): string {
  return ts.isPropertyAccessExpression(left) || ts.isElementAccessExpression(left)
    ? baseOf(left.expression)
    : left.getText();
}

/** `if (!isKnown(path))`, `path.startsWith('/api') ? … : …` */
function asksAbout(condition: ts.Expression, names: ReadonlySet<string>): boolean {
  let hasName = false;
  let hasCall = false;
  walk(condition, (node) => {
    hasName ||= ts.isIdentifier(node) && names.has(node.text);
    hasCall ||= ts.isCallExpression(node);
  });
  return hasName && hasCall;
}
