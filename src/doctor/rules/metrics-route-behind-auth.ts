import { lineAt } from '../../languages/typescript/parse.js';
import { isAuthentication, isMetricsRoute } from '../code/handlers.js';
import type { Registration } from '../code/registrations.js';
import type { Rule } from '../rule.js';

export const metricsRouteBehindAuth: Rule = {
  id: 'metrics-route-behind-auth',
  title: "the metrics route stands behind the users' authentication",
  severity: 'warning',
  why: 'Prometheus has no account: its scrapes are answered with 401 or a login page, unless it was given credentials of a user.',
  mend: 'Register the metrics route before the authentication, and protect it with a bearer token of its own, by a separate port, or at the proxy.',
  *find(facts) {
    for (const sequence of facts.sequences) {
      for (const [index, route] of sequence.entries()) {
        if (!isMetricsRoute(route, facts)) continue;
        const guard = sequence
          .slice(0, index)
          .find(
            (each) => guardsRoute(each, route) && each.handlers.some((handler) => isAuthentication(handler, facts)),
          );
        if (guard === undefined) continue;
        const place = `${facts.program.pathOf(guard.call)}:${lineAt(guard.call.getSourceFile(), guard.call.getStart())}`;
        yield { node: route.call, message: `${place} asks every request for a login before it gets here` };
      }
    }
  },
};

/** For all paths, or for one that the route lies below. */
function guardsRoute({ method, path, text }: Registration, route: Registration): boolean {
  if (method !== 'use') return false;
  if (path === undefined || text === '/') return true;
  return text !== undefined && route.text !== undefined && `${route.text}/`.startsWith(`${text.replace(/\/$/, '')}/`);
}
