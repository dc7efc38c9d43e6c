import { ts } from 'ts-morph';
import { unwrap, walk } from '../../languages/typescript/walk.js';
import { declarationsOf, type FunctionNode, functionAround, functionOf } from './functions.js';
import type { Program } from './program.js';
import type { MetricType } from './types.js';

/** A function of the target that makes a metric out of what it is called with. */
interface Factory {
  readonly type: MetricType;
  readonly function: FunctionNode;
  /** The parameter that holds the metric's options. */
  readonly parameter: number;
  readonly given: ts.Expression;
}

/** A call of a factory: there is the metric's name. */
export interface FactoryCall {
  readonly type: MetricType;
  readonly call: ts.CallExpression;
  readonly options: ts.Expression;
  /** What the function itself hands to the client. */
  readonly given: ts.Expression;
}

/**
 * The calls that declare metrics through functions of the target: `createCounter({ name, help })`, where the function hands
 * its parameter to `new Counter(options)` or `new Counter({ ...options })`.
 *
 * @param made the metrics that are made where nothing is written out
 */
export function factoryCalls(
  made: readonly { readonly type: MetricType; readonly node: ts.NewExpression }[],
  program: Program,
): FactoryCall[] {
  const factories = made.flatMap(({ type, node }) => factoryOf(type, node, program));
  const found: FactoryCall[] = [];
  const names = new Set(factories.flatMap((factory) => namesOf(factory.function)));
  if (names.size === 0) return found;
  for (const file of program.files) {
    walk(file, (node) => {
      if (!ts.isCallExpression(node) || !names.has(calledName(node))) return;
      const called = functionOf(node.expression, program);
      for (const { type, function: own, parameter, given } of factories) {
        const options = called === own ? node.arguments[parameter] : undefined;
        if (options !== undefined) found.push({ type, call: node, options, given });
      }
    });
  }
  return found;
}

function factoryOf(type: MetricType, node: ts.NewExpression, program: Program): Factory[] {
  const [given] = node.arguments ?? [];
  const own = functionAround(node);
  const options = given && optionsName(given);
  if (given === undefined || own === undefined || options === undefined) return [];
  const [declaration] = declarationsOf(options, program);
  const parameter = declaration && ts.isParameter(declaration) ? own.parameters.indexOf(declaration) : -1;
  return parameter < 0 ? [] : [{ type, function: own, parameter, given }];
}

/** `options`, and `{ ...options, registers }` as long as the name is not set anew. */
function optionsName(given: ts.Expression): ts.Identifier | undefined {
  const node = unwrap(given);
  if (ts.isIdentifier(node)) return node;
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  if (node.properties.some(({ name }) => name?.getText() === 'name')) return undefined;
  const spread = node.properties.filter(ts.isSpreadAssignment).map(({ expression }) => unwrap(expression));
  return spread.find(ts.isIdentifier);
}

function namesOf(own: FunctionNode): string[] {
  const { parent } = own;
  if (own.name !== undefined) return [own.name.getText()];
  const isNamed =
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return isNamed ? [parent.name.getText()] : [];
}

function calledName({ expression }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}
