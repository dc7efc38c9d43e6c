import type { Metric } from '../../metrics/metric.js';
import { aggregate, type Matchers, selector } from '../promql.js';
import { DATASOURCE, legend } from './chart.js';
import { byInstance, type Context, RATE } from './context.js';
import type { Annotation } from './model.js';
import { restarts } from './restarts.js';

/** Marks on all charts: where processes started anew, and where another version came. */
export function annotations({ catalogue, chosen }: Context): Annotation[] {
  const { startTime, appInfo } = catalogue.metrics;
  return [
    ...(startTime === undefined
      ? []
      : [
          mark('Restarts', 'orange', {
            expr: `${restarts(startTime, { chosen })} > 0`,
            titleFormat: 'Restart',
            textFormat: legend(byInstance),
            tagKeys: byInstance.join(','),
          }),
        ]),
    ...(appInfo === undefined
      ? []
      : [
          mark('Versions', 'blue', {
            expr: newVersions(appInfo, chosen),
            titleFormat: 'Version',
            textFormat: legend(appInfo.labels),
            tagKeys: appInfo.labels.join(','),
          }),
        ]),
  ];
}

/**
 * Versions that were not there a moment before: another one was then (a rollback, too), or this one has not been there
 * for a day. What comes back after an outage as it was is no other version.
 */
function newVersions({ name, labels }: Metric, chosen: Matchers): string {
  const info = selector(name, chosen);
  const by = (instances: string) => aggregate('count', instances, labels);
  const before = `${info} offset ${RATE}`;
  const replaced = `${by(info)} unless ${by(before)} and on () count(${before})`;
  return `${replaced} or ${by(info)} unless ${by(`last_over_time(${info}[1d] offset ${RATE})`)}`;
}

type Content = Required<Pick<Annotation, 'expr' | 'titleFormat' | 'textFormat' | 'tagKeys'>>;

function mark(name: string, iconColor: string, content: Content): Annotation {
  return { name, datasource: DATASOURCE, enable: true, hide: false, iconColor, ...content };
}
