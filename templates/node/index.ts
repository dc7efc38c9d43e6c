import { answerScrape } from './endpoint.js';
import { measureApp } from './http.js';
import { isDisabled, warnOnce } from './process.js';
import { startRuntimeMetrics } from './runtime.js';

/**
 * Makes an Express app count its requests and serve the metrics; gives back the same app. Does nothing when
 * METRICS_DISABLED is set. Import this file before every file that creates routers.
 */
export function instrument<App extends object>(app: App): App {
  if (isDisabled()) return app;
  try {
    measureApp(app, answerScrape);
    startRuntimeMetrics();
  } catch (error) {
    warnOnce('some metrics are missing', error);
  }
  return app;
}

export { counter, gauge, histogram, register } from './registry.js';
export { patchRouter } from './routes.js';
