import type { Metric } from '../../../metrics/metric.js';
import { selector } from '../../promql.js';
import { latest, lines, number, oneOrZero, series } from '../chart.js';
import { type Context, type PanelMaker, panelWith } from '../context.js';
import type { Row } from '../layout.js';
import { restartsPanel } from '../restarts.js';

const size = { w: 5, h: 8 };

const shared = panelWith(['multiprocessUp'], ({ multiprocessUp }, { chosen }) =>
  number({
    id: 501,
    title: 'Metrics of all processes',
    description:
      'Whether every instance adds up the metrics of all its processes. "Degraded": the folder that they share cannot be used, and each process shows only its own; the reason is in the log of the service.',
    unit: 'bool',
    size: { w: 4, h: 8 },
    mappings: oneOrZero('Complete', 'Degraded'),
    noValue: 'not scraped',
    queries: [latest(`min(${selector(multiprocessUp.name, chosen)})`, 'metrics')],
  }),
);

const count = perWorker('startTime', (startTime, { chosen }) =>
  lines({
    id: 502,
    title: 'Workers',
    description: 'Worker processes that live, of each instance.',
    unit: 'short',
    size,
    min: 0,
    decimals: 0,
    queries: [series(`count by (instance) (${selector(startTime.name, chosen)})`, '{{instance}}')],
  }),
);

const restarts = perWorker('startTime', (startTime, context) =>
  restartsPanel(startTime, context, {
    id: 503,
    title: 'Worker restarts',
    description:
      'Workers that were replaced, within the minute or so around each point. One after the other is a deployment or a reload; again and again is a crash loop.',
    size,
  }),
);

const load = perWorker('eventLoopUtilization', (utilization, { chosen }) =>
  lines({
    id: 504,
    title: 'Spread of the load',
    description:
      'Event-loop utilisation of the busiest worker and of the idlest one. Far apart: the connections are not spread evenly, or one worker is stuck.',
    unit: 'percentunit',
    size,
    min: 0,
    max: 1,
    queries: extremes(selector(utilization.name, chosen)),
  }),
);

const memory = perWorker('residentMemory', (residentMemory, { chosen }) =>
  lines({
    id: 505,
    title: 'Spread of the memory',
    description:
      'Resident memory of the largest worker and of the smallest one. Far apart: one worker holds what the others do not.',
    unit: 'bytes',
    size,
    min: 0,
    queries: extremes(selector(residentMemory.name, chosen)),
  }),
);

export const workers: Row = { id: 500, title: 'Workers', panels: [shared, count, restarts, load, memory] };

/** A panel that compares workers: it is there when several serve, and each has a series of its own. */
function perWorker(
  role: 'startTime' | 'eventLoopUtilization' | 'residentMemory',
  make: (metric: Metric, context: Context) => ReturnType<PanelMaker>[number],
): PanelMaker {
  return (context) => {
    const metric = context.catalogue.metrics[role];
    return metric?.perWorker && context.catalogue.multiprocess ? [make(metric, context)] : [];
  };
}

function extremes(matching: string) {
  return [
    series(`max by (instance) (${matching})`, '{{instance}} most'),
    series(`min by (instance) (${matching})`, '{{instance}} least'),
  ];
}
