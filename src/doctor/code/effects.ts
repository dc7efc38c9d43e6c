import { ts } from 'ts-morph';
import { walk } from '../../languages/typescript/walk.js';
import { type FunctionNode, functionOf } from '../../project/code/functions.js';
import type { MetricUpdate } from '../../project/code/metrics.js';
import type { Program } from '../../project/code/program.js';

/** What the code inside a function does to metrics. */
export interface Effects {
  /** The updates in a function, in what it calls, and in the functions that stand in it. */
  readonly updatesIn: (node: FunctionNode) => readonly MetricUpdate[];
}

/** How far calls are followed. */
const mostDepth = 3;

export function createEffects(program: Program, updates: readonly MetricUpdate[]): Effects {
  const byCall = new Map<ts.Node, MetricUpdate>(updates.map((update) => [update.call, update]));
  const known = new Map<FunctionNode, readonly MetricUpdate[]>();

  function search(node: FunctionNode, depth: number, inside: ReadonlySet<ts.Node>): readonly MetricUpdate[] {
    const done = known.get(node);
    if (done !== undefined) return done;
    const found: MetricUpdate[] = [];
    const within = new Set([...inside, node]);
    walk(node.body, (part) => {
      if (!ts.isCallExpression(part)) return;
      const update = byCall.get(part);
      if (update !== undefined) found.push(update);
      const inner = update === undefined && depth < mostDepth ? functionOf(part.expression, program) : undefined;
      if (inner !== undefined && !within.has(inner)) found.push(...search(inner, depth + 1, within));
    });
    if (depth === 0) known.set(node, found);
    return found;
  }

  return { updatesIn: (node) => search(node, 0, new Set()) };
}
