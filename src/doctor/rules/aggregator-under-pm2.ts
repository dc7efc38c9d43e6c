import type { Rule } from '../rule.js';
import { named } from './registry-per-worker.js';

/** Measured: HTTP 200 with 0 bytes. */
export const aggregatorUnderPm2: Rule = {
  id: 'aggregator-under-pm2',
  title: 'an AggregatorRegistry under PM2',
  severity: 'error',
  why: "It asks the workers of its own process. Under PM2 the workers belong to PM2's daemon: the scrape is answered with 200 and nothing in it, so up is 1 and there are no metrics.",
  mend: 'Let the processes share their counts without a primary, as add-prom-metrics does, or let node:cluster start the workers instead of PM2.',
  *find({ aggregators, serving, program }) {
    const ownWorkers = serving.filter(({ by }) => by === 'cluster');
    for (const node of aggregators) {
      const path = program.pathOf(node);
      const pm2 = serving.find(({ by, runs }) => by === 'pm2' && runs(path));
      if (pm2 === undefined || ownWorkers.some(({ runs }) => runs(path))) continue;
      yield { node, message: `${named(pm2)} starts the processes, so this registry has none to ask` };
    }
  },
};
