import { budgetOf, burnRates } from '../../prometheus/burn-rate.js';
import type { Indicator } from '../../prometheus/objective.js';
import { latest, lines, number, series, steps } from '../chart.js';
import { type Context, type PanelMaker, panelWith, SHOWN } from '../context.js';
import { missShare } from '../indicator.js';
import type { Row } from '../layout.js';

export const BURN_RATE = 302;
/** The fastest burn that has an alert. */
export const FAST_BURN = Math.max(...burnRates.map(({ factor }) => factor));

const WINDOWS = ['5m', '1h', '6h'];
/** Lines where there are alerts, from the slowest burn to the fastest. */
const COLOURS: Readonly<Record<number, string>> = { 1: 'yellow', 3: 'dark-yellow', 6: 'orange', [FAST_BURN]: 'red' };
const size = { w: 8, h: 8 };

/** The share of the budget that the time shown has left; below 0 when it was overspent. Nothing without a request. */
export function budgetLeft(indicator: Indicator, context: Context): string {
  return `1 - ${missShare(indicator, context, SHOWN)} / ${budgetOf(context.monitoring.objective)}`;
}

const left = panelWith([], (_metrics, context) => {
  const { availability, latencySeconds } = context.monitoring.objective;
  return number({
    id: 301,
    title: 'Budget left over the time shown',
    description: `An objective of ${availability} % allows some answers with 5xx, and as many slower than ${latencySeconds} s. What is left of each over the time shown, of all routes; below 0 the objective was missed. Not counted: client errors on no route; for the first, clients that gave up (499); for the second, 5xx.`,
    unit: 'percentunit',
    size,
    max: 1,
    noValue: 'no requests',
    thresholds: steps('red', [0, 'orange'], [0.25, 'green']),
    queries: [
      latest(budgetLeft('availability', context), 'Answered without 5xx'),
      latest(budgetLeft('latency', context), `Answered within ${latencySeconds} s`),
    ],
  });
});

export const slo: Row = {
  id: 300,
  title: 'Objective',
  panels: [
    left,
    burn(BURN_RATE, 'availability', 'Burn rate: 5xx', () => '5xx answers spend'),
    burn(303, 'latency', 'Burn rate: slow answers', (bound) => `answers slower than ${bound} s spend`),
  ],
};

function burn(id: number, indicator: Indicator, title: string, spend: (latencySeconds: number) => string): PanelMaker {
  return panelWith([], (_metrics, context: Context) => {
    const { objective } = context.monitoring;
    const factors = burnRates.map(({ factor }) => factor).sort((a, b) => a - b);
    return lines({
      id,
      title,
      description: `How fast ${spend(objective.latencySeconds)} the error budget: at 1 it lasts exactly 30 days. Lines: the rates that have an alert (${factors.join(', ')}).`,
      unit: 'short',
      size,
      min: 0,
      thresholds: steps('transparent', ...factors.map((factor) => [factor, COLOURS[factor] ?? 'red'] as const)),
      queries: WINDOWS.map((window) =>
        series(`${missShare(indicator, context, window)} / ${budgetOf(objective)}`, `over ${window}`),
      ),
    });
  });
}
