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
            titleFormat: 'New version',
            textFormat: '{{version}}',
            tagKeys: 'version',
          }),
        ]),
  ];
}

/** Versions that were not there a moment before. */
function newVersions(info: string): string {
  return `count by (version) (${info}) unless count by (version) (${info} offset ${RATE})`;
}

type Content = Required<Pick<Annotation, 'expr' | 'titleFormat' | 'textFormat' | 'tagKeys'>>;

function mark(name: string, iconColor: string, content: Content): Annotation {
  return { name, datasource: DATASOURCE, enable: true, hide: false, iconColor, ...content };
}
