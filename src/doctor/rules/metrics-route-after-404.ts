import { lineAt } from '../../languages/typescript/parse.js';
import { isCatchAll, isMetricsRoute } from '../code/handlers.js';
import type { Rule } from '../rule.js';

export const metricsRouteAfter404: Rule = {
  id: 'metrics-route-after-404',
  title: 'the metrics route stands behind a handler that answers everything',
  severity: 'error',
  why: 'The handler in front of it answers the scrape, with 404 or with a page: Prometheus gets no metrics.',
  mend: 'Register the metrics route before it.',
  *find(facts) {
    for (const sequence of facts.sequences) {
      const end = sequence.findIndex((registration) => isCatchAll(registration, facts));
      const catchAll = sequence[end];
      if (catchAll === undefined) continue;
      const place = `${facts.program.pathOf(catchAll.call)}:${lineAt(catchAll.call.getSourceFile(), catchAll.call.getStart())}`;
      for (const route of sequence.slice(end + 1)) {
        if (!isMetricsRoute(route, facts)) continue;
        yield { node: route.call, message: `${place} answers every request before it gets here` };
      }
    }
  },
};
