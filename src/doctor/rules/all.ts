import type { Rule } from '../rule.js';
import { aggregatorUnderPm2 } from './aggregator-under-pm2.js';
import { clearOutsideTests } from './clear-outside-tests.js';
import { finishWithoutClose } from './finish-without-close.js';
import { gaugeWithoutAggregation } from './gauge-without-aggregation.js';
import { metricName } from './metric-name.js';
import { metricsRouteAfter404 } from './metrics-route-after-404.js';
import { metricsRouteBehindAuth } from './metrics-route-behind-auth.js';
import { middlewareAfterRoutes } from './middleware-after-routes.js';
import { millisecondsHistogram } from './milliseconds-histogram.js';
import { registryPerWorker } from './registry-per-worker.js';
import { summaryInCluster } from './summary-in-cluster.js';
import { unboundedLabel } from './unbounded-label.js';

/** Every rule, in the order of the documentation. */
export const allRules: readonly Rule[] = [
  registryPerWorker,
  aggregatorUnderPm2,
  summaryInCluster,
  gaugeWithoutAggregation,
  unboundedLabel,
  middlewareAfterRoutes,
  finishWithoutClose,
  metricsRouteBehindAuth,
  metricsRouteAfter404,
  clearOutsideTests,
  millisecondsHistogram,
  metricName,
];
