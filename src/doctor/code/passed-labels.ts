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
 * a metric's labels. One call is followed. A parameter that the function checks, or sets anew, has a bound of its own.
 */
export function passedLabels(update: MetricUpdate, uses: Uses, search: Search): PassedLabel[] {
  const wrappers = functionsAround(update.call).filter((own) => passedOn(own).length > 0);
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
    const source = unboundedInCall(value, passedOn(own), call, search);
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

/** Which of the parameters that a function passes on an expression is; -1 for anything else. */
function parameterOf(expression: ts.Expression, own: FunctionNode, program: Program): number {
  const node = unwrap(expression);
  const [declaration] = ts.isIdentifier(node) ? declarationsOf(node, program) : [];
  const isPassedOn = declaration !== undefined && passedOn(own).some((parameter) => parameter === declaration);
  return isPassedOn && ts.isParameter(declaration) ? own.parameters.indexOf(declaration) : -1;
}

function functionsAround(node: ts.Node): FunctionNode[] {
  const own = functionAround(node);
  return own === undefined ? [] : [own, ...functionsAround(own)];
}

/** The parameters that a function does not ask another one about, and gives no other value. */
function passedOn(own: FunctionNode): ts.ParameterDeclaration[] {
  const left = new Map(own.parameters.map((parameter) => [parameter.name.getText(), parameter]));
  const handle = (names: readonly string[]) => {
    for (const name of names) left.delete(name);
  };
  walk(own.body, (node) => {
    if (isAssignment(node)) handle([baseOf(node.left)]);
    if (ts.isIfStatement(node)) handle(askedAbout(node.expression));
    if (ts.isConditionalExpression(node)) handle(askedAbout(node.condition));
    return left.size > 0;
  });
  return [...left.values()];
}

/** `labels` of `labels.path = …` */
function baseOf(left: ts.Expression): string {
  return ts.isPropertyAccessExpression(left) || ts.isElementAccessExpression(left)
    ? baseOf(left.expression)
    : left.getText();
}

/** The names in `if (!isKnown(path))`, `path.startsWith('/api') ? … : …`; none without a call. */
function askedAbout(condition: ts.Expression): string[] {
  const names: string[] = [];
  let hasCall = false;
  walk(condition, (node) => {
    if (ts.isIdentifier(node)) names.push(node.text);
    hasCall ||= ts.isCallExpression(node);
  });
  return hasCall ? names : [];
}
