import type { Answers } from '../../src/wizard/answers.js';

/** Answers for a small Node service of one process. */
export const someAnswers: Answers = {
  appTag: 'shop',
  entry: 'app.js',
  workers: 1,
  redis: false,
  metricsPath: '/metrics',
  client: 'prom-client',
};
