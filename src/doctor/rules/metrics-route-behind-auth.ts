import type { ts } from 'ts-morph';
import { lineAt } from '../../languages/typescript/parse.js';
import { functionOf } from '../../project/code/functions.js';
import { isAuthentication, isMetricsRoute, isPersonalLogin } from '../code/handlers.js';
import type { Registration } from '../code/registrations.js';
import type { Facts } from '../facts.js';
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
        if (guard === undefined) {
          const own = usersLogin(route, facts);
          if (own !== undefined)
            yield { node: route.call, message: `it asks for the login of the users, as ${own} does` };
          continue;
        }
        yield {
          node: route.call,
          message: `${placeOf(guard, facts)} asks every request for a login before it gets here`,
        };
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

/** Where else the login stands that a metrics route asks for itself; credentials of its own stand there alone. */
function usersLogin(route: Registration, facts: Facts): string | undefined {
  const login = route.handlers.find((handler) => isPersonalLogin(handler, facts));
  if (login === undefined) return undefined;
  const other = facts.sequences.flat().find(({ handlers, ...rest }) => {
    const hasIt = handlers.some((handler) => isSame(handler, login, facts));
    return hasIt && !isMetricsRoute({ handlers, ...rest }, facts);
  });
  return other && placeOf(other, facts);
}

function isSame(one: ts.Expression, other: ts.Expression, { program }: Facts): boolean {
  if (one.getText() === other.getText()) return true;
  const own = functionOf(one, program);
  return own !== undefined && own === functionOf(other, program);
}

function placeOf({ call }: Registration, { program }: Facts): string {
  return `${program.pathOf(call)}:${lineAt(call.getSourceFile(), call.getStart())}`;
}
