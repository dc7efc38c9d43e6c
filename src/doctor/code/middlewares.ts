import { ts } from 'ts-morph';
import { propertyValue } from '../../languages/typescript/object-literal.js';
import { isAssignment, walk } from '../../languages/typescript/walk.js';
import { constantOf, objectOf } from '../../project/code/constants.js';
import { type FunctionNode, functionOf, isFunctionNode } from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';
import { importsMeasuring, knownType } from '../../project/code/types.js';

/** A call that makes one of the middlewares that measure by themselves. */
export interface Middleware {
  readonly call: ts.CallExpression;
  readonly package: 'express-prom-bundle' | 'express-prometheus-middleware';
  /** Whether every option is written out; without any, all are known, too. */
  readonly isKnown: boolean;
  /** An option's value, constants followed. */
  readonly option: (name: string) => ts.Expression | undefined;
  /** An option that is a function of the target. */
  readonly functionOption: (name: string) => FunctionNode | undefined;
  readonly has: (name: string) => boolean;
}

/** The middlewares that a program makes. */
export function findMiddlewares(program: Program): Middleware[] {
  const found: Middleware[] = [];
  for (const file of program.files) {
    if (!importsMeasuring(file)) continue;
    walk(file, (node) => {
      if (ts.isCallExpression(node) && knownType(node, program) === 'Middleware') found.push(describe(node, program));
    });
  }
  return found;
}

function describe(call: ts.CallExpression, program: Program): Middleware {
  const [given] = call.arguments;
  const options = given && objectOf(given, program);
  const named = (name: string) => options?.properties.find((property) => property.name?.getText() === name);
  return {
    call,
    package: isBundle(call, program) ? 'express-prom-bundle' : 'express-prometheus-middleware',
    isKnown: given === undefined || (options !== undefined && !options.properties.some(ts.isSpreadAssignment)),
    option: (name) => {
      const value = options && propertyValue(options, [name]);
      return value && constantOf(value, program);
    },
    functionOption: (name) => {
      const property = named(name);
      return property && ownFunction(property, program);
    },
    has: (name) => named(name) !== undefined,
  };
}

function isBundle(call: ts.CallExpression, { checker }: Program): boolean {
  const { declaration } = checker.getResolvedSignature(call) ?? {};
  return declaration?.getSourceFile().fileName.includes('express-prom-bundle') ?? false;
}

function ownFunction(property: ts.ObjectLiteralElementLike, program: Program): FunctionNode | undefined {
  if (isFunctionNode(property)) return property;
  if (ts.isShorthandPropertyAssignment(property)) return functionOf(property.name, program);
  return ts.isPropertyAssignment(property) ? functionOf(property.initializer, program) : undefined;
}

/** What is assigned to a property of that name anywhere: `promBundle.normalizePath = …` holds for all middlewares. */
export function assignedTo(property: string, { files }: Program): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  for (const file of files) {
    if (!file.text.includes(property) || !importsMeasuring(file)) continue;
    walk(file, (node) => {
      const isIt = isAssignment(node) && ts.isPropertyAccessExpression(node.left) && node.left.name.text === property;
      if (isIt) found = node.right;
    });
  }
  return found;
}
