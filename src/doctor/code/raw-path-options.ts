import { ts } from 'ts-morph';
import { literalValue } from '../../languages/typescript/object-literal.js';
import { isAssignment, walk } from '../../languages/typescript/walk.js';
import { type FunctionNode, functionOf, returned } from '../../project/code/functions.js';
import type { Facts } from '../facts.js';
import type { Fault } from '../rule.js';
import { assignedTo, type Middleware } from './middlewares.js';
import { unboundedSource } from './unbounded.js';

/**
 * Middlewares that label with the path. Both replace numbers and identifiers in it and leave words: 300 URLs that do not
 * exist made 2,700 new series with express-prom-bundle 7's `includePath`, and 3,600 with express-prometheus-middleware 1.
 */
export function* rawPathOptions(facts: Facts): Generator<Fault> {
  for (const middleware of facts.middlewares) {
    const fault = middleware.package === 'express-prom-bundle' ? bundleFault(middleware, facts) : maskFault(middleware);
    if (fault !== undefined) yield fault;
    yield* transformFaults(middleware, facts);
  }
}

function bundleFault({ option, functionOption, has, isKnown }: Middleware, { program }: Facts): Fault | undefined {
  const includePath = option('includePath');
  if (includePath === undefined || literalValue(includePath) !== true) return undefined;
  const assigned = assignedTo('normalizePath', program);
  const normalize = functionOption('normalizePath') ?? (assigned && functionOf(assigned, program));
  if (normalize !== undefined) return normalizeFault(normalize, program);
  // `normalizePath: true` is no function, and the middleware's own takes its place. Pairs of patterns are let pass.
  const given = option('normalizePath');
  const isGiven = has('normalizePath') && (given === undefined || typeof literalValue(given) !== 'boolean');
  if (isGiven || assigned !== undefined || !isKnown) return undefined;
  return {
    node: includePath.parent,
    message: 'express-prom-bundle labels with the path and replaces only numbers and identifiers in it',
    mend: 'Give it normalizePath: a function that returns the pattern of the route, and one fixed word for what matches none.',
  };
}

function normalizeFault(normalize: FunctionNode, program: Facts['program']): Fault | undefined {
  const search = { program, hasParametricMount: false };
  const raw = returned(normalize).find((result) => unboundedSource(result, search) !== undefined);
  return raw && { node: raw, message: 'normalizePath gives back text as the client wrote it' };
}

function maskFault({ call, has, isKnown }: Middleware): Fault | undefined {
  if (has('extraMasks') || has('transformLabels') || !isKnown) return undefined;
  return {
    node: call,
    message: 'express-prometheus-middleware labels with the path and replaces only numbers and identifiers in it',
    mend: 'Give it transformLabels: set labels.route to the pattern of the route, and to one fixed word for what matches none.',
  };
}

/** `transformLabels: (labels, req) => { labels.path = req.path; }` */
function* transformFaults({ functionOption }: Middleware, { program }: Facts): Generator<Fault> {
  const transform = functionOption('transformLabels');
  const labels = transform?.parameters[0]?.name.getText();
  if (transform === undefined || labels === undefined) return;
  const assigned: ts.BinaryExpression[] = [];
  walk(transform.body, (node) => {
    if (!isAssignment(node) || !ts.isPropertyAccessExpression(node.left)) return;
    if (node.left.expression.getText() === labels) assigned.push(node);
  });
  for (const { left, right } of assigned) {
    const source = unboundedSource(right, { program, hasParametricMount: false });
    if (source !== undefined)
      yield { node: right, message: `${left.getText()} is text without a bound (${source.text})` };
  }
}
