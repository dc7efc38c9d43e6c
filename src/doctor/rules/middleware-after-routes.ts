import { ts } from 'ts-morph';
import { lineAt } from '../../languages/typescript/parse.js';
import { unwrap } from '../../languages/typescript/walk.js';
import { isMeasuring, isMetricsRoute } from '../code/handlers.js';
import type { Registration } from '../code/registrations.js';
import { knownType } from '../code/types.js';
import type { Facts } from '../facts.js';
import type { Rule } from '../rule.js';

export const middlewareAfterRoutes: Rule = {
  id: 'middleware-after-routes',
  title: 'the measuring middleware stands behind routes',
  severity: 'error',
  why: 'A request goes through what is registered in that order, and ends at the route that answers it: the middleware behind it never sees it.',
  mend: 'Register the middleware first, before every router and route that is to be measured.',
  *find(facts) {
    for (const sequence of facts.sequences) {
      for (const [index, registration] of sequence.entries()) {
        const measuring =
          registration.method === 'use' && registration.handlers.some((handler) => isMeasuring(handler, facts));
        if (!measuring) continue;
        const isUnmeasured = (other: Registration) => isRoute(other, facts) && isBelow(other, registration);
        const before = sequence.slice(0, index).filter(isUnmeasured);
        const [first] = before;
        if (first === undefined) continue;
        const isLast = !sequence.slice(index + 1).some(isUnmeasured);
        const line = lineAt(first.call.getSourceFile(), nameOf(first));
        const place = `${facts.program.pathOf(first.call)}:${line}`;
        yield {
          node: registration.call.expression,
          // With routes on both sides, some may have been left out on purpose.
          severity: isLast ? 'error' : 'warning',
          message: `this middleware does not see the requests that ${place}${before.length > 1 ? ` and ${before.length - 1} more` : ''} answer${before.length > 1 ? '' : 's'}`,
        };
      }
    }
  },
};

function nameOf({ call }: Registration): number {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.name.getStart() : call.getStart();
}

/** Left out of the measurement on purpose: probes, documentation, the metrics themselves. */
const unmeasured =
  /^\/?(?:api\/)?(?:_*health\w*|_*ready\w*|_*live\w*|ping|status|up|metrics|prometheus|favicon\.ico|robots\.txt|docs?|api-docs?|swagger.*|static|public|assets|version|info)(?:\/|$)/i;

function isRoute(registration: Registration, facts: Facts): boolean {
  const { method, text, handlers } = registration;
  if ((text !== undefined && unmeasured.test(text)) || isMetricsRoute(registration, facts)) return false;
  if (method !== 'use') return true;
  return handlers.some((handler) => {
    const node = unwrap(handler);
    if (knownType(node, facts.program) === 'Router') return true;
    // Koa's router, or one of which only the name is known.
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
      return node.expression.name.text === 'routes';
    return ts.isIdentifier(node) && /(?:Router|Routes)$/.test(node.text);
  });
}

/** A middleware under a path is not meant for the rest. */
function isBelow({ text }: Registration, { path, text: mount }: Registration): boolean {
  if (path === undefined) return true;
  return mount !== undefined && text !== undefined && `${text}/`.startsWith(`${mount.replace(/\/$/, '')}/`);
}
