import { ts } from 'ts-morph';
import { walk } from '../../languages/typescript/walk.js';
import { type FunctionNode, functionAround, functionOf } from '../../project/code/functions.js';
import type { MetricUpdate } from '../../project/code/metrics.js';
import type { Facts } from '../facts.js';
import type { Fault, Rule } from '../rule.js';

/** Measured on 20 aborted requests: none is counted, and a gauge of requests in progress stays at +20. */
export const finishWithoutClose: Rule = {
  id: 'finish-without-close',
  title: "measured at the response's finish only",
  severity: 'warning',
  why: 'A response whose client goes away never emits finish: such requests are in no metric, and a gauge that is lowered there never comes back to 0.',
  mend: 'Listen to close instead: it comes once after every response, finished or not (res.writableFinished tells which).',
  *find(facts) {
    for (const file of facts.program.files) {
      const listeners: ts.CallExpression[] = [];
      walk(file, (node) => {
        if (ts.isCallExpression(node) && eventOf(node) === 'finish') listeners.push(node);
      });
      for (const call of listeners) {
        const fault = judge(call, facts);
        if (fault !== undefined) yield fault;
      }
    }
  },
};

function judge(call: ts.CallExpression, { program, effects }: Facts): Fault | undefined {
  const [, listener] = call.arguments;
  const callback = listener && functionOf(listener, program);
  const around = functionAround(call);
  if (callback === undefined || around === undefined || listensToMore(around, call)) return undefined;
  const updates = effects.updatesIn(callback);
  if (updates.length === 0) return undefined;
  if (lowersGauge(updates)) {
    return {
      node: call,
      severity: 'error',
      message: 'a gauge is lowered at finish only, so each aborted request raises it for ever',
    };
  }
  return { node: call, message: 'metrics are updated at finish only, so aborted requests are not counted' };
}

/** `res.on('finish', …)`: the event that a call listens to. */
function eventOf({ expression, arguments: [event, listener] }: ts.CallExpression): string | undefined {
  if (!ts.isPropertyAccessExpression(expression) || listener === undefined) return undefined;
  if (!/^(?:on|once|addListener|prependListener)$/.test(expression.name.text)) return undefined;
  if (!/(?:^|\.)_?(?:res|response|reply|raw|rawResponse|expressRes)$/.test(expression.expression.getText()))
    return undefined;
  return event !== undefined && ts.isStringLiteralLike(event) ? event.text : undefined;
}

/** An aborted request ends in one of these. */
function listensToMore(around: FunctionNode, call: ts.CallExpression): boolean {
  let found = false;
  walk(around, (node) => {
    if (ts.isCallExpression(node) && node !== call) {
      const [event] = node.arguments;
      found ||= event !== undefined && ts.isStringLiteralLike(event) && /^(?:close|aborted)$/.test(event.text);
    }
    return !found;
  });
  return found;
}

function lowersGauge(updates: readonly MetricUpdate[]): boolean {
  return updates.some(({ type, method }) => type === 'Gauge' && method === 'dec');
}
