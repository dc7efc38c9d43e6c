import { ts } from 'ts-morph';
import { literalValue, propertyValue } from '../../languages/typescript/object-literal.js';
import { walk } from '../../languages/typescript/walk.js';
import { objectOf } from '../code/constants.js';
import { type FunctionNode, functionOf, isFunctionNode, returned } from '../code/functions.js';
import { importsMeasuring, knownType } from '../code/types.js';
import { unboundedSource } from '../code/unbounded.js';
import type { Facts } from '../facts.js';
import type { Fault } from '../rule.js';

/**
 * Middlewares that label with the path. Both replace numbers and identifiers in it and leave words: 300 URLs that do not
 * exist made 2,700 new series with express-prom-bundle 7's `includePath`, and 3,600 with express-prometheus-middleware 1.
 */
export function* rawPathOptions({ program }: Facts): Generator<Fault> {
  for (const file of program.files) {
    const calls: ts.CallExpression[] = [];
    walk(file, (node) => {
      if (ts.isCallExpression(node) && importsMeasuring(node) && knownType(node, program) === 'Middleware')
        calls.push(node);
    });
    for (const call of calls) {
      const fault = isBundle(call, program) ? bundleFault(call, program) : maskFault(call, program);
      if (fault !== undefined) yield fault;
    }
  }
}

type Program = Facts['program'];

function isBundle(call: ts.CallExpression, { checker }: Program): boolean {
  const { declaration } = checker.getResolvedSignature(call) ?? {};
  return declaration?.getSourceFile().fileName.includes('express-prom-bundle') ?? false;
}

function bundleFault(call: ts.CallExpression, program: Program): Fault | undefined {
  const [given] = call.arguments;
  const options = given && objectOf(given, program);
  const includePath = options && propertyValue(options, ['includePath']);
  if (options === undefined || includePath === undefined || literalValue(includePath) !== true) return undefined;
  const named = options.properties.find(({ name }) => name?.getText() === 'normalizePath');
  if (named === undefined) {
    return {
      node: includePath.parent,
      message: 'express-prom-bundle labels with the path and replaces only numbers and identifiers in it',
      mend: 'Give it normalizePath: a function that returns the pattern of the route, and one fixed word for what matches none.',
    };
  }
  const normalize = ownFunction(named, program);
  const results = normalize === undefined ? [] : returned(normalize);
  const source = results.find(
    (result) => unboundedSource(result, { program, hasParametricMount: false }) !== undefined,
  );
  return source && { node: source, message: 'normalizePath gives back text as the client wrote it' };
}

function ownFunction(property: ts.ObjectLiteralElementLike, program: Program): FunctionNode | undefined {
  if (isFunctionNode(property)) return property;
  if (ts.isShorthandPropertyAssignment(property)) return functionOf(property.name, program);
  return ts.isPropertyAssignment(property) ? functionOf(property.initializer, program) : undefined;
}

function maskFault(call: ts.CallExpression, program: Program): Fault | undefined {
  const [given] = call.arguments;
  const options = given && objectOf(given, program);
  if (given !== undefined && options === undefined) return undefined; // options from elsewhere
  const names = options?.properties.map(({ name }) => name?.getText()) ?? [];
  if (['extraMasks', 'transformLabels', undefined].some((name) => names.includes(name))) return undefined;
  return {
    node: call,
    message: 'express-prometheus-middleware labels with the path and replaces only numbers and identifiers in it',
    mend: 'Give it transformLabels: set labels.route to the pattern of the route, and to one fixed word for what matches none.',
  };
}
