import { scrapeIntervalSeconds } from '../../monitoring.js';
import { aggregate, selector } from '../../promql.js';
import { latest, legend, lines, number, oneOrZero, series, states, steps } from '../chart.js';
import { type Context, type PanelMaker, panelWith } from '../context.js';
import type { Row } from '../layout.js';
import { restartsPanel } from '../restarts.js';

export const SCRAPES = 601;

const size = { w: 8, h: 7 };

const up = panelWith([], (_metrics, { chosen }) =>
  states({
    id: SCRAPES,
    title: 'Scrapes',
    description: 'Whether each instance answered the scrapes of Prometheus.',
    unit: 'bool',
    size,
    mappings: oneOrZero('up', 'down'),
    queries: [series(`max by (instance) (${selector('up', chosen)})`, '{{instance}}')],
  }),
);

const duration = panelWith([], (_metrics, { chosen }) =>
  lines({
    id: 602,
    title: 'Scrape duration',
    description: `How long a scrape takes. Orange: a tenth of the scrape interval of ${scrapeIntervalSeconds} s; at 10 s, Prometheus gives up.`,
    unit: 's',
    size,
    min: 0,
    thresholds: steps('transparent', [scrapeIntervalSeconds / 10, 'orange']),
    queries: [series(selector('scrape_duration_seconds', chosen), '{{instance}}')],
  }),
);

const samples = panelWith([], (_metrics, { chosen }) =>
  lines({
    id: 603,
    title: 'Samples scraped',
    description: 'Time series of each instance. A line that only climbs: a label with values without end.',
    unit: 'short',
    size,
    min: 0,
    queries: [series(selector('scrape_samples_scraped', chosen), '{{instance}}')],
  }),
);

const version = panelWith(['appInfo'], ({ appInfo }, { chosen }) =>
  number({
    id: 604,
    title: 'Version',
    description: 'The versions that run, one for each instance or more while a deployment goes on.',
    unit: 'none',
    size,
    names: true,
    noValue: 'not scraped',
    queries: [latest(aggregate('count', selector(appInfo.name, chosen), appInfo.labels), legend(appInfo.labels))],
  }),
);

const uptime = panelWith(['startTime'], ({ startTime }, { chosen }) =>
  lines({
    id: 605,
    title: 'Uptime',
    description: 'Time since the process of each instance that started last. It falls to 0 when something starts anew.',
    unit: 's',
    size,
    min: 0,
    queries: [series(`time() - max by (instance) (${selector(startTime.name, chosen)})`, '{{instance}}')],
  }),
);

/** Workers have a panel of their own for it. */
const restarts: PanelMaker = (context: Context) => {
  const { startTime } = context.catalogue.metrics;
  if (startTime === undefined || (startTime.perWorker && context.catalogue.multiprocess)) return [];
  return [
    restartsPanel(startTime, context, {
      id: 606,
      title: 'Restarts',
      description: 'Starts of each instance, within the minute or so around each point. Again and again: a crash loop.',
      size,
    }),
  ];
};

export const health: Row = {
  id: 600,
  title: 'Health of the measurement',
  panels: [up, duration, samples, version, uptime, restarts],
};
