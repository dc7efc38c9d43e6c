import { selector, sumBy } from '../promql.js';
import { DATASOURCE } from './chart.js';
import { type Context, RATE } from './context.js';
import type { Annotation } from './model.js';

/** Marks on all charts: where processes started anew, and where another version came. */
export function annotations({ catalogue, chosen }: Context): Annotation[] {
  const { startTime, appInfo } = catalogue.metrics;
  return [
    ...(startTime === undefined
      ? []
      : [
          mark('Restarts', 'orange', {
            expr: `${sumBy(`changes(${selector(startTime.name, chosen)}[${RATE}])`, ['instance'])} > 0`,
            titleFormat: 'Restart',
            textFormat: '{{instance}}',
            tagKeys: 'instance',
          }),
        ]),
    ...(appInfo === undefined
      ? []
      : [
          mark('Versions', 'blue', {
            expr: newVersions(selector(appInfo.name, chosen)),
            titleFormat: 'Version',
            textFormat: '{{version}}',
            tagKeys: 'version',
          }),
        ]),
  ];
}

/**
 * Versions that were not there a moment before: another one was then (a rollback, too), or this one has not been there
 * for a day. What comes back after an outage as it was is no other version.
 */
function newVersions(info: string): string {
  const by = (instances: string) => `count by (version) (${instances})`;
  const before = `${info} offset ${RATE}`;
  const replaced = `${by(info)} unless ${by(before)} and on () count(${before})`;
  return `${replaced} or ${by(info)} unless ${by(`last_over_time(${info}[1d] offset ${RATE})`)}`;
}

type Content = Required<Pick<Annotation, 'expr' | 'titleFormat' | 'textFormat' | 'tagKeys'>>;

function mark(name: string, iconColor: string, content: Content): Annotation {
  return { name, datasource: DATASOURCE, enable: true, hide: false, iconColor, ...content };
}
