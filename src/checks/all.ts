import { cardinality } from './cardinality.js';
import type { Check } from './check.js';
import { config } from './config.js';
import { errors } from './errors.js';
import { exact } from './exact.js';
import { exposed } from './exposed.js';
import { gauges } from './gauges.js';
import { inProgress } from './in-progress.js';
import { monotone } from './monotone.js';
import { rate } from './rate.js';
import { redis } from './redis.js';
import { restart } from './restart.js';
import { sameView } from './same-view.js';
import { scrapeCost } from './scrape-cost.js';
import { secret } from './secret.js';
import { self } from './self.js';
import { workerDeath } from './worker-death.js';
import { workers } from './workers.js';

/** The executable checklist, in the order in which it is reported. */
export const allChecks: readonly Check[] = [
  exposed,
  exact,
  sameView,
  monotone,
  rate,
  workers,
  workerDeath,
  inProgress,
  restart,
  gauges,
  cardinality,
  errors,
  self,
  scrapeCost,
  redis,
  config,
  secret,
];
