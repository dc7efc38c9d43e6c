import { ts } from 'ts-morph';
import { walk } from '../languages/typescript/walk.js';
import { createEffects, type Effects } from './code/effects.js';
import { findMetrics, type MetricDeclaration, type MetricUpdate } from './code/metrics.js';
import { type Registration, registrationSequences } from './code/registrations.js';
import { knownType } from './code/types.js';
import type { Program } from './read/program.js';
import type { Serving } from './read/serving.js';

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
  /** `new AggregatorRegistry()`, and express-prom-bundle's `clusterMetrics()`. */
  readonly aggregators: readonly ts.Node[];
  /** Whether metrics are pushed: the service of a batch job, whose registry lives as long as one push. */
  readonly pushes: boolean;
  readonly serving: readonly Serving[];
  readonly sequences: readonly (readonly Registration[])[];
}

export function gatherFacts(program: Program, serving: readonly Serving[]): Facts {
  const { declarations, updates } = findMetrics(program);
  const renderings: Rendering[] = [];
  const aggregators: ts.Node[] = [];
  let pushes = false;
  for (const file of program.files) {
    walk(file, (node) => {
      if (ts.isNewExpression(node)) {
        const type = knownType(node, program);
        if (type === 'AggregatorRegistry') aggregators.push(node);
        pushes ||= type === 'Pushgateway';
      }
      if (!ts.isCallExpression(node)) return;
      const by = renderedBy(node, program);
      if (by !== undefined) renderings.push({ node, by });
      if (by === 'clusterMetrics' && isBundle(node, program)) aggregators.push(node);
    });
  }
  const effects = createEffects(program, updates);
  const sequences = registrationSequences(program);
  return { program, metrics: declarations, updates, effects, renderings, aggregators, pushes, serving, sequences };
}

function renderedBy(call: ts.CallExpression, program: Program): Rendering['by'] | undefined {
  const { expression: callee } = call;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { text } = callee.name;
  if (text === 'clusterMetrics') {
    return isBundle(call, program) || knownType(callee.expression, program) !== undefined ? text : undefined;
  }
  if (text !== 'metrics' && text !== 'getMetricsAsJSON') return undefined;
  const type = knownType(callee.expression, program);
  if (type !== 'Registry' && type !== 'AggregatorRegistry') return undefined;
  return text === 'metrics' ? 'metrics' : 'json';
}

function isBundle({ expression: callee }: ts.CallExpression, { checker }: Program): boolean {
  const declaration = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(callee) ? callee.name : callee)
    ?.declarations?.[0];
  return declaration?.getSourceFile().fileName.endsWith('express-prom-bundle.d.ts') ?? false;
}
