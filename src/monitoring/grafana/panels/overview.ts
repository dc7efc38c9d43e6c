import { budgetOf } from '../../prometheus/burn-rate.js';
import { durationQuantile, errorRate, requestRate, selector, sumBy } from '../../promql.js';
import { latest, number, series, steps } from '../chart.js';
import { type Context, panelWith, RATE } from '../context.js';
import type { Row } from '../layout.js';
import { toPanel } from '../links.js';
import { SCRAPES } from './health.js';
import { P99_BY_ROUTE, RATE_BY_ROUTE, SERVER_ERRORS_BY_ROUTE } from './requests.js';
import { BURN_RATE, budgetLeft, FAST_BURN } from './slo.js';

const size = { w: 4, h: 4 };
const IDLE = 'no requests';

const traffic = panelWith([], (_metrics, { catalogue, chosenRoutes, uid }) =>
  number({
    id: 101,
    title: 'Requests',
    description: 'Requests answered per second, of the chosen routes.',
    unit: 'reqps',
    size,
    trend: true,
    noValue: IDLE,
    queries: [series(requestRate(catalogue, chosenRoutes, RATE, []), 'requests')],
    links: [toPanel(uid, RATE_BY_ROUTE, 'By route')],
  }),
);

const errors = panelWith([], (_metrics, context) => {
  const { catalogue, chosenRoutes, monitoring, uid } = context;
  const budget = budgetOf(monitoring.objective);
  const rate = requestRate(catalogue, chosenRoutes, RATE, []);
  return number({
    id: 102,
    title: 'Errors',
    description: `Share of requests answered with 5xx, of the chosen routes. Orange: more than the objective of ${monitoring.objective.availability} % allows; red: ${FAST_BURN} times that, which spends a 30-day error budget in two days.`,
    unit: 'percentunit',
    size,
    trend: true,
    min: 0,
    noValue: IDLE,
    thresholds: steps('green', [budget, 'orange'], [Math.min(1, rounded(FAST_BURN * budget)), 'red']),
    queries: [series(`${errorRate(catalogue, chosenRoutes, RATE, [])} / (${rate} > 0)`, '5xx')],
    links: [toPanel(uid, SERVER_ERRORS_BY_ROUTE, 'By route')],
  });
});

const latency = panelWith([], (_metrics, { catalogue, chosenRoutes, monitoring, uid }) => {
  const bound = monitoring.objective.latencySeconds;
  return number({
    id: 103,
    title: 'Duration, p99',
    description: `99 of 100 requests of the chosen routes are answered within this time. Red: slower than the objective's ${bound} s.`,
    unit: 's',
    size,
    trend: true,
    noValue: IDLE,
    thresholds: steps('green', [bound, 'red']),
    // The comparison drops the NaN of an idle service.
    queries: [series(`${durationQuantile(catalogue, 0.99, chosenRoutes, RATE, [])} >= 0`, 'p99')],
    links: [toPanel(uid, P99_BY_ROUTE, 'By route')],
  });
});

const budget = panelWith([], (_metrics, context) => {
  const { availability } = context.monitoring.objective;
  return number({
    id: 104,
    title: 'Error budget left',
    description: `What is left of the 5xx answers that an objective of ${availability} % allows over the time shown, of all routes; as the alerts count. Below 0 the objective was missed.`,
    unit: 'percentunit',
    size,
    max: 1,
    noValue: IDLE,
    thresholds: steps('red', [0, 'orange'], [0.25, 'green']),
    queries: [latest(budgetLeft('availability', context), 'left')],
    links: [toPanel(context.uid, BURN_RATE, 'Burn rate')],
  });
});

const inProgress = panelWith(['requestsInProgress'], ({ requestsInProgress }, { chosen }) =>
  number({
    id: 105,
    title: 'In progress',
    description: 'Requests being answered at the moment of the scrape, of all routes.',
    unit: 'short',
    size,
    trend: true,
    queries: [series(sumBy(selector(requestsInProgress.name, chosen), []), 'in progress')],
  }),
);

const up = panelWith([], (_metrics, { chosen, uid }: Context) =>
  number({
    id: 106,
    title: 'Instances up',
    description: 'Instances that answered the last scrape. Red: none.',
    unit: 'short',
    size,
    noValue: 'not scraped',
    thresholds: steps('red', [1, 'green']),
    queries: [latest(sumBy(selector('up', chosen), []), 'up')],
    links: [toPanel(uid, SCRAPES, 'Scrapes')],
  }),
);

export const overview: Row = {
  id: 100,
  title: 'Overview',
  panels: [traffic, errors, latency, budget, inProgress, up],
};

/** Without the noise of binary fractions. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
