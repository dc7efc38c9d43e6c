import { expect, test } from 'vitest';
import { generateFlaskModules } from '../../../src/targets/python/generate.js';

test.each(['exporter', 'client'] as const)('%s: push is written with --with pushgateway only', (flavour) => {
  const answers = { appTag: 'shop', metricsPath: '/metrics', redis: false };
  const paths = (more: object) =>
    generateFlaskModules('metrics', { ...answers, ...more }, { flavour }).map(({ path }) => path);
  expect(paths({})).not.toContain('metrics/push.py');
  expect(paths({ with: ['pushgateway'] })).toContain('metrics/push.py');
  expect(paths({ with: ['pushgateway'], skip: ['pushgateway'] })).not.toContain('metrics/push.py');
});
