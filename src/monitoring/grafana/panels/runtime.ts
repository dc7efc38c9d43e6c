import { selector, sumBy } from '../../promql.js';
import { legend, lines, series, steps } from '../chart.js';
import { byInstance, type PanelMaker, panelWith, processLabels, RATE } from '../context.js';
import type { Row } from '../layout.js';

const size = { w: 8, h: 8 };

const eventLoopDelay = panelWith(['eventLoopLagP99'], ({ eventLoopLagP99 }, context) =>
  lines({
    id: 401,
    title: 'Event-loop delay, p99',
    description:
      'How late the event loop gets to its work, 99th percentile since the scrape before, each process for itself. Above 100 ms (orange), every request waits noticeably; above 500 ms (red), look for synchronous work.',
    unit: 's',
    size,
    min: 0,
    thresholds: steps('transparent', [0.1, 'orange'], [0.5, 'red']),
    queries: [series(selector(eventLoopLagP99.name, context.chosen), processLabels(context, eventLoopLagP99).legend)],
  }),
);

const eventLoopUtilization = panelWith(['eventLoopUtilization'], ({ eventLoopUtilization: utilization }, context) =>
  lines({
    id: 402,
    title: 'Event-loop utilisation',
    description:
      'Share of its time that the event loop was busy, each process for itself. At 70 % (orange) think of another process; at 90 % (red) requests queue.',
    unit: 'percentunit',
    size,
    min: 0,
    max: 1,
    thresholds: steps('transparent', [0.7, 'orange'], [0.9, 'red']),
    queries: [series(selector(utilization.name, context.chosen), processLabels(context, utilization).legend)],
  }),
);

const gc = panelWith(['gcDuration', 'startTime'], ({ gcDuration, startTime }, context) => {
  const by = [...byInstance, ...gcDuration.labels];
  const spent = sumBy(`rate(${selector(`${gcDuration.name}_sum`, context.chosen)}[${RATE}])`, by);
  const several = startTime.perWorker && context.catalogue.multiprocess;
  const processes = `on (instance) group_left count by (instance) (${selector(startTime.name, context.chosen)})`;
  return lines({
    id: 403,
    title: 'Garbage collection',
    description: `Share of time spent in garbage collection, by its kind${several ? ', averaged over the workers of an instance' : ''}. Above 10 % (orange) the heap is too small, or too much is allocated.`,
    unit: 'percentunit',
    size,
    min: 0,
    thresholds: steps('transparent', [0.1, 'orange']),
    queries: [series(several ? `${spent} / ${processes}` : spent, legend(by))],
  });
});

const heap = panelWith(['heapUsed', 'heapLimit'], ({ heapUsed, heapLimit }, context) =>
  lines({
    id: 404,
    title: 'Heap used, of its limit',
    description:
      'A process that reaches 100 % is ended by V8. A line that climbs from one deployment to the next: a leak. Orange: 80 %, red: 90 %.',
    unit: 'percentunit',
    size,
    min: 0,
    max: 1,
    thresholds: steps('transparent', [0.8, 'orange'], [0.9, 'red']),
    queries: [
      series(
        `${selector(heapUsed.name, context.chosen)} / ${selector(heapLimit.name, context.chosen)}`,
        processLabels(context, heapUsed).legend,
      ),
    ],
  }),
);

const residentMemory = panelWith(['residentMemory'], (metrics, context) =>
  lines({
    id: 405,
    title: 'Resident memory',
    description: metrics.residentMemory.perWorker
      ? 'Physical memory of each process, heap and everything else.'
      : 'Physical memory of all processes of an instance.',
    unit: 'bytes',
    size,
    min: 0,
    queries: [
      series(
        selector(metrics.residentMemory.name, context.chosen),
        processLabels(context, metrics.residentMemory).legend,
      ),
    ],
  }),
);

const externalMemory = panelWith(['externalMemory'], (metrics, context) =>
  lines({
    id: 406,
    title: 'External memory',
    description: 'Memory of objects of C++ that JavaScript objects hold, buffers above all, each process for itself.',
    unit: 'bytes',
    size,
    min: 0,
    queries: [
      series(
        selector(metrics.externalMemory.name, context.chosen),
        processLabels(context, metrics.externalMemory).legend,
      ),
    ],
  }),
);

const cpu = panelWith(['cpu'], (metrics, { chosen }) =>
  lines({
    id: 407,
    title: 'CPU',
    description: 'CPU time per second of all processes of an instance: 100 % is one core.',
    unit: 'percentunit',
    size,
    min: 0,
    queries: [series(sumBy(`rate(${selector(metrics.cpu.name, chosen)}[${RATE}])`, ['instance']), '{{instance}}')],
  }),
);

const resources = panelWith(['activeResources'], ({ activeResources }, { chosen }) => {
  const by = [...byInstance, ...activeResources.labels];
  return lines({
    id: 408,
    title: 'Handles and requests',
    description:
      'What keeps the event loops alive (sockets, timers, files), by its type. A line that only climbs: a leak.',
    unit: 'short',
    size,
    min: 0,
    queries: [series(sumBy(selector(activeResources.name, chosen), by), legend(by))],
  });
});

/** Where the limit is not known; else `fileLimit` says more. */
const openFiles: PanelMaker = (context) =>
  context.catalogue.metrics.maxFileDescriptors === undefined ? openFilesAlone(context) : [];

const openFilesAlone = panelWith(['openFileDescriptors'], ({ openFileDescriptors: open }, context) =>
  lines({
    id: 409,
    title: 'Open file descriptors',
    description: open.perWorker
      ? 'Files and sockets that each process has open.'
      : 'Files and sockets that all processes of an instance have open.',
    unit: 'short',
    size,
    min: 0,
    queries: [series(selector(open.name, context.chosen), processLabels(context, open).legend)],
  }),
);

const fileLimit = panelWith(['openFileDescriptors', 'maxFileDescriptors'], (metrics, context) =>
  lines({
    id: 410,
    title: 'File descriptors, of their limit',
    description: 'At 100 % no connection is accepted any more. Orange: 80 %.',
    unit: 'percentunit',
    size,
    min: 0,
    max: 1,
    thresholds: steps('transparent', [0.8, 'orange']),
    queries: [
      series(
        `${selector(metrics.openFileDescriptors.name, context.chosen)} / ${selector(metrics.maxFileDescriptors.name, context.chosen)}`,
        processLabels(context, metrics.openFileDescriptors).legend,
      ),
    ],
  }),
);

export const runtime: Row = {
  id: 400,
  title: 'Runtime',
  panels: [
    eventLoopDelay,
    eventLoopUtilization,
    gc,
    heap,
    residentMemory,
    externalMemory,
    cpu,
    resources,
    openFiles,
    fileLimit,
  ],
};
