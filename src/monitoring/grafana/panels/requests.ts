import type { Catalogue } from '../../../metrics/catalogue.js';
import { budgetOf } from '../../prometheus/burn-rate.js';
import { durationQuantile, errorRate, type Matchers, requestRate, selector, sumBy } from '../../promql.js';
import { heatmap, latest, lines, series, steps, table } from '../chart.js';
import { type Context, panelWith, RATE, SHOWN } from '../context.js';
import type { Row } from '../layout.js';
import { toRoute } from '../links.js';
import type { Overrides, Panel } from '../model.js';

export const RATE_BY_ROUTE = 201;
export const SERVER_ERRORS_BY_ROUTE = 203;
export const P99_BY_ROUTE = 206;
/** Rows of the table. */
const ROUTES = 20;

const third = { w: 8, h: 8 };

const rate = panelWith([], (_metrics, { catalogue, chosenRoutes }) =>
  lines({
    id: RATE_BY_ROUTE,
    title: 'Requests by route',
    description: 'Requests answered per second, each route apart. "<unmatched>" is what no route took.',
    unit: 'reqps',
    size: third,
    min: 0,
    queries: [series(requestRate(catalogue, chosenRoutes, RATE, [routeOf(catalogue)]), legend(catalogue))],
  }),
);

const clientErrors = panelWith([], (_metrics, { catalogue, chosenRoutes }) => {
  const { route, status } = catalogue.httpLabels;
  const matchers: Matchers = { ...chosenRoutes, [status]: ['=~', '4..'] };
  return lines({
    id: 202,
    title: '4xx by route',
    description:
      "Requests per second that were refused as the client's fault, by route and status. They spend no error budget. 499: the client did not wait for the answer.",
    unit: 'reqps',
    size: third,
    min: 0,
    queries: [series(requestRate(catalogue, matchers, RATE, [route, status]), `{{${status}}} {{${route}}}`)],
  });
});

const serverErrors = panelWith([], (_metrics, { catalogue, chosenRoutes }) =>
  lines({
    id: SERVER_ERRORS_BY_ROUTE,
    title: '5xx by route',
    description:
      "Requests per second that failed by the service's fault, each route apart. These spend the error budget.",
    unit: 'reqps',
    size: third,
    min: 0,
    queries: [series(errorRate(catalogue, chosenRoutes, RATE, [routeOf(catalogue)]), legend(catalogue))],
  }),
);

const quantiles = [
  { id: 204, quantile: 0.5, name: 'p50', words: 'Half of the requests are' },
  { id: 205, quantile: 0.9, name: 'p90', words: '9 of 10 requests are' },
  { id: P99_BY_ROUTE, quantile: 0.99, name: 'p99', words: '99 of 100 requests are' },
].map(({ id, quantile, name, words }) =>
  panelWith([], (_metrics, { catalogue, chosenRoutes, monitoring }) =>
    lines({
      id,
      title: `Duration by route, ${name}`,
      description: `${words} answered within this time, each route apart, over all instances; estimated within the histogram's buckets. Red line: the objective's bound.`,
      unit: 's',
      size: third,
      min: 0,
      thresholds: steps('transparent', [monitoring.objective.latencySeconds, 'red']),
      queries: [
        series(durationQuantile(catalogue, quantile, chosenRoutes, RATE, [routeOf(catalogue)]), legend(catalogue)),
      ],
    }),
  ),
);

const distribution = panelWith([], (_metrics, { catalogue, chosenRoutes }) => {
  const buckets = selector(`${catalogue.requestDuration.name}_bucket`, chosenRoutes);
  return heatmap({
    id: 207,
    title: 'Distribution of durations',
    description:
      'Requests per second in each bucket of the duration, of the chosen routes. Two bands: two kinds of request.',
    unit: 's',
    size: { w: 12, h: 9 },
    queries: [series(sumBy(`rate(${buckets}[${RATE}])`, ['le']), '{{le}}')],
  });
});

const exceptions = panelWith(['requestExceptions'], ({ requestExceptions }, { catalogue, chosen, chosenRoutes }) => {
  const { route, method } = catalogue.httpLabels;
  const byRoute = requestExceptions.labels.includes(route);
  const matching = selector(requestExceptions.name, byRoute ? chosenRoutes : chosen);
  const label = byRoute ? route : method;
  return lines({
    id: 208,
    title: 'Exceptions',
    description: `${requestExceptions.help} Per second, by ${label}.`,
    unit: 'reqps',
    size: { w: 6, h: 9 },
    min: 0,
    queries: [series(sumBy(`rate(${matching}[${RATE}])`, [label]), `{{${label}}}`)],
  });
});

const inProgress = panelWith(['requestsInProgress'], ({ requestsInProgress }, { catalogue, chosen }) => {
  const { method } = catalogue.httpLabels;
  return lines({
    id: 209,
    title: 'In progress',
    description:
      'Requests being answered at the moments of the scrapes, by method. A line that only climbs: requests that never end.',
    unit: 'short',
    size: { w: 6, h: 9 },
    min: 0,
    queries: [series(sumBy(selector(requestsInProgress.name, chosen), [method]), `{{${method}}}`)],
  });
});

const top = panelWith([], (_metrics, context) => routesTable(context));

export const requests: Row = {
  id: 200,
  title: 'Requests by route',
  panels: [rate, clientErrors, serverErrors, ...quantiles, distribution, exceptions, inProgress, top],
};

const COLUMNS = { requests: 'Requests', errors: '5xx', slow: 'p99' } as const;

/** The routes with the most requests over the time shown. */
function routesTable({ catalogue, chosenRoutes, monitoring, uid }: Context): Panel {
  const { objective } = monitoring;
  const { status } = catalogue.httpLabels;
  const route = routeOf(catalogue);
  const increase = (matchers: Matchers) =>
    sumBy(`increase(${selector(catalogue.requests.name, matchers)}[${SHOWN}])`, [route]);
  const all = increase(chosenRoutes);
  const busiest = `topk(${ROUTES}, ${all})`;
  const failed = increase({ ...chosenRoutes, [status]: ['=~', '5..'] });
  const buckets = selector(`${catalogue.requestDuration.name}_bucket`, chosenRoutes);
  const p99 = `histogram_quantile(0.99, ${sumBy(`increase(${buckets}[${SHOWN}])`, ['le', route])})`;
  return table({
    id: 210,
    title: `Busiest routes`,
    description: `The ${ROUTES} routes with the most requests over the time shown. A click on a route shows it alone.`,
    unit: 'short',
    size: { w: 24, h: 9 },
    noValue: '–',
    sortBy: COLUMNS.requests,
    queries: [
      latest(busiest, COLUMNS.requests),
      latest(`(${failed} or 0 * ${all}) / (${all} > 0) and on (${route}) ${busiest}`, COLUMNS.errors),
      latest(`${p99} >= 0 and on (${route}) ${busiest}`, COLUMNS.slow),
    ],
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: { [route]: 0, 'Value #A': 1, 'Value #B': 2, 'Value #C': 3 },
          renameByName: {
            [route]: 'Route',
            'Value #A': COLUMNS.requests,
            'Value #B': COLUMNS.errors,
            'Value #C': COLUMNS.slow,
          },
        },
      },
    ],
    overrides: [
      column('Route', [{ id: 'links', value: [toRoute(uid)] }]),
      column(COLUMNS.requests, [
        { id: 'unit', value: 'locale' },
        { id: 'decimals', value: 0 },
      ]),
      column(COLUMNS.errors, [
        { id: 'unit', value: 'percentunit' },
        { id: 'thresholds', value: { mode: 'absolute', steps: steps('green', [budgetOf(objective), 'red']) } },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ]),
      column(COLUMNS.slow, [
        { id: 'unit', value: 's' },
        { id: 'thresholds', value: { mode: 'absolute', steps: steps('green', [objective.latencySeconds, 'red']) } },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ]),
    ],
  });
}

function column(name: string, properties: Overrides[number]['properties']): Overrides[number] {
  return { matcher: { id: 'byName', options: name }, properties };
}

function routeOf({ httpLabels }: Catalogue): string {
  return httpLabels.route;
}

function legend(catalogue: Catalogue): string {
  return `{{${routeOf(catalogue)}}}`;
}
