import { ts } from 'ts-morph';
import { lineAt } from '../../languages/typescript/parse.js';
import { unwrap, walk } from '../../languages/typescript/walk.js';
import { functionOf } from '../../project/code/functions.js';
import { knownType } from '../../project/code/types.js';
import { callsIn, isMeasuring, isMetricsRoute, onlyCounts } from '../code/handlers.js';
import type { Registration } from '../code/registrations.js';
import type { Facts } from '../facts.js';
import type { Fault, Rule } from '../rule.js';

export const middlewareAfterRoutes: Rule = {
  id: 'middleware-after-routes',
  title: 'the measuring middleware stands behind routes',
  severity: 'error',
  why: 'A request goes through what is registered in that order, and ends at the route that answers it: the middleware behind it never sees it.',
  mend: 'Register the middleware first, before every router and route that is to be measured.',
  *find(facts) {
    for (const sequence of facts.sequences) {
      for (const [index, registration] of sequence.entries()) {
        const fault = isMeasuringUse(registration, facts) ? judge(sequence, index, registration, facts) : undefined;
        if (fault !== undefined) yield fault;
      }
    }
  },
};

function isMeasuringUse({ method, handlers }: Registration, facts: Facts): boolean {
  return method === 'use' && handlers.some((handler) => isMeasuring(handler, facts));
}

function judge(
  sequence: readonly Registration[],
  index: number,
  registration: Registration,
  facts: Facts,
): Fault | undefined {
  const isMissed = (other: Registration) => isRoute(other, facts) && isBelow(other, registration);
  const [first, ...more] = sequence.slice(0, index).filter(isMissed);
  if (first === undefined || countsTheRest(registration, facts)) return undefined;
  const isLast = !sequence.slice(index + 1).some(isMissed);
  const place = `${facts.program.pathOf(first.call)}:${lineAt(first.call.getSourceFile(), nameOf(first))}`;
  const answering = more.length === 0 ? `${place} answers` : `${place} and ${more.length} more answer`;
  return {
    node: registration.call.expression,
    // With routes on both sides, some may have been left out on purpose.
    severity: isLast && !isCountOnly(registration, facts) ? 'error' : 'warning',
    message: `this middleware does not see the requests that ${answering}`,
  };
}

function isCountOnly({ handlers }: Registration, facts: Facts): boolean {
  return handlers.filter((handler) => isMeasuring(handler, facts)).every((handler) => onlyCounts(handler, facts));
}

/** `notFound.inc()`: by its name, the count of what no route has answered. */
function countsTheRest(registration: Registration, facts: Facts): boolean {
  const counted = registration.handlers.flatMap((handler) => {
    const own = functionOf(handler, facts.program);
    return own === undefined ? [] : facts.effects.updatesIn(own).map(({ metric }) => metric.getText());
  });
  const isRest = (name: string) => /not_?found|404|un(?:matched|known|routed|handled)|no_?route|missed/i.test(name);
  return isCountOnly(registration, facts) && counted.every(isRest);
}

function nameOf({ call }: Registration): number {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.name.getStart() : call.getStart();
}

/** Left out of the measurement on purpose: probes, documentation, the metrics themselves. */
const unmeasured =
  /^\/?(?:api\/)?(?:_*health\w*|_*ready\w*|_*live\w*|ping|status|up|metrics|prometheus|favicon\.ico|robots\.txt|docs?|api-docs?|swagger.*|static|public|assets|version|info)(?:\/|$)/i;

function isRoute(registration: Registration, facts: Facts): boolean {
  const { method, text, handlers } = registration;
  if ((text !== undefined && unmeasured.test(text)) || isMetricsRoute(registration, facts)) return false;
  if (method === 'options' || method === 'head') return false;
  if (method !== 'use') return !passesEverythingOn(registration, facts);
  return handlers.some((handler) => {
    const node = unwrap(handler);
    if (knownType(node, facts.program) === 'Router') return true;
    // Koa's router, or one of which only the name is known.
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
      return node.expression.name.text === 'routes';
    return ts.isIdentifier(node) && /(?:Router|Routes)$/.test(node.text);
  });
}

/** A route whose handler calls `next()` when it has answered, or only gives an error on: what comes behind it runs. */
function passesEverythingOn({ handlers }: Registration, { program }: Facts): boolean {
  const last = handlers.at(-1);
  const own = last && functionOf(last, program);
  const next = own?.parameters[2]?.name.getText();
  if (own === undefined || next === undefined) return false;
  let passes = false;
  walk(own.body, (node) => {
    passes ||= ts.isCallExpression(node) && node.expression.getText() === next && node.arguments.length === 0;
    return !passes;
  });
  const [only, ...others] = callsIn(own.body);
  return passes || (others.length === 0 && only?.expression.getText() === next);
}

/** A middleware under a path is not meant for the rest. */
function isBelow({ text }: Registration, { path, text: mount }: Registration): boolean {
  if (path === undefined) return true;
  return mount !== undefined && text !== undefined && `${text}/`.startsWith(`${mount.replace(/\/$/, '')}/`);
}
