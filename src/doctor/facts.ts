import { ts } from 'ts-morph';
import { literalValue } from '../languages/typescript/object-literal.js';
import { walk } from '../languages/typescript/walk.js';
import { reachedFrom } from '../project/code/import-closure.js';
import { findMetrics, type MetricDeclaration, type MetricUpdate } from '../project/code/metrics.js';
import type { Program } from '../project/code/program.js';
import type { Sources } from '../project/code/sources.js';
import { couldBeClient, knownType } from '../project/code/types.js';
import { createEffects, type Effects } from './code/effects.js';
import { findMiddlewares, type Middleware } from './code/middlewares.js';
import { type Registration, registrationSequences } from './code/registrations.js';
import type { Serving } from './code/serving.js';
import { createUses, type Uses } from './code/uses.js';

/** Where a registry is asked for the text of its metrics. */
export interface Rendering {
  readonly node: ts.CallExpression;
  readonly by: 'metrics' | 'clusterMetrics' | 'json';
}

/** What the rules judge. Everything is read from the code; nothing of it was run. */
export interface Facts {
  readonly program: Program;
  readonly metrics: readonly MetricDeclaration[];
  readonly updates: readonly MetricUpdate[];
  readonly effects: Effects;
  readonly renderings: readonly Rendering[];
  readonly middlewares: readonly Middleware[];
  /** `new AggregatorRegistry()`, and express-prom-bundle's `clusterMetrics()`. */
  readonly aggregators: readonly ts.Node[];
  /** The files that push metrics, as a batch job does, whose registry lives as long as one push. */
  readonly pushing: ReadonlySet<string>;
  readonly uses: Uses;
  readonly serving: readonly Serving[];
  /** Everything that a file imports, at whatever distance, itself included; paths are relative to the target. */
  readonly reachedFrom: (path: string) => ReadonlySet<string>;
  readonly sequences: readonly (readonly Registration[])[];
}

export function gatherFacts(program: Program, serving: readonly Serving[], sources: Sources): Facts {
  const { declarations, updates } = findMetrics(program);
  const calls: ts.CallExpression[] = [];
  const made: ts.NewExpression[] = [];
  for (const file of program.files) {
    walk(file, (node) => {
      if (ts.isCallExpression(node)) calls.push(node);
      else if (ts.isNewExpression(node) && couldBeClient(node)) made.push(node);
    });
  }
  const renderings = calls.flatMap((node): Rendering[] => {
    const by = renderedBy(node, program);
    return by === undefined ? [] : [{ node, by }];
  });
  const middlewares = findMiddlewares(program);
  // They answer scrapes themselves, unless they are told not to.
  const answering = middlewares.filter(({ option }) => literalValue(option('autoregister')) !== false);
  renderings.push(...answering.map(({ call }): Rendering => ({ node: call, by: 'metrics' })));
  const bundled = renderings.filter(({ node, by }) => by === 'clusterMetrics' && isBundle(node, program));
  const aggregators = [
    ...made.filter((node) => knownType(node, program) === 'AggregatorRegistry'),
    ...bundled.map(({ node }) => node),
  ];
  const pushers = made.filter((node) => knownType(node, program) === 'Pushgateway');
  const effects = createEffects(program, updates);
  const sequences = registrationSequences(program);
  return {
    program,
    metrics: declarations,
    updates,
    effects,
    renderings,
    middlewares,
    aggregators,
    pushing: new Set(pushers.map((node) => program.pathOf(node))),
    uses: createUses(program),
    serving,
    reachedFrom: (path) => reachedFrom(path, sources),
    sequences,
  };
}

function renderedBy(call: ts.CallExpression, program: Program): Rendering['by'] | undefined {
  const { expression: callee } = call;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { text } = callee.name;
  if (/^register(?:Async)?$/.test(text) && isFrom(call, 'nestjs-prometheus', program)) return 'metrics';
  if (text === 'clusterMetrics') {
    return isBundle(call, program) || knownType(callee.expression, program) !== undefined ? text : undefined;
  }
  if (text !== 'metrics' && text !== 'getMetricsAsJSON') return undefined;
  const type = knownType(callee.expression, program);
  if (type !== 'Registry' && type !== 'AggregatorRegistry') return undefined;
  return text === 'metrics' ? 'metrics' : 'json';
}

function isBundle(call: ts.CallExpression, program: Program): boolean {
  return isFrom(call, 'express-prom-bundle', program);
}

/** Whether what is called is declared by a package, as far as its declarations are ours. */
function isFrom({ expression: callee }: ts.CallExpression, name: string, { checker }: Program): boolean {
  const symbol = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(callee) ? callee.name : callee);
  return symbol?.declarations?.[0]?.getSourceFile().fileName.endsWith(`${name}.d.ts`) ?? false;
}
