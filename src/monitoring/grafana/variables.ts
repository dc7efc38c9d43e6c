import { selector } from '../promql.js';
import { DATASOURCE } from './chart.js';
import type { Context } from './context.js';
import type { Variable } from './model.js';
import { DATASOURCE_UID } from './provisioning.js';

/** What can be chosen at the top of the dashboard. */
export function variables({ monitoring, catalogue }: Context): Variable[] {
  const { application } = monitoring;
  const up = selector('up', { application: '$application' });
  const { requests, httpLabels } = catalogue;
  const routes = selector(requests.name, {
    application: '$application',
    job: ['=~', '$job'],
    instance: ['=~', '$instance'],
  });
  return [
    {
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      current: { text: 'Prometheus', value: DATASOURCE_UID },
      hide: 0,
      multi: false,
      includeAll: false,
      refresh: 1,
      regex: '',
    },
    {
      name: 'application',
      label: 'Application',
      type: 'constant',
      query: application,
      current: { text: application, value: application },
      hide: 2,
      skipUrlSync: true,
    },
    several('job', 'Job', `label_values(${up}, job)`, '.+'),
    several('instance', 'Instance', `label_values(${selector('up', jobOf())}, instance)`, '.+'),
    // Any value, an empty one too: what has no route has to be in "All".
    several('route', 'Route', `label_values(${routes}, ${httpLabels.route})`, '.*'),
  ];
}

function jobOf() {
  return { application: '$application', job: ['=~', '$job'] } as const;
}

/** A variable of which several values can be chosen, or all. */
function several(name: string, label: string, query: string, allValue: string): Variable {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query,
    definition: query,
    current: { text: ['All'], value: ['$__all'] },
    hide: 0,
    multi: true,
    includeAll: true,
    allValue,
    // On a change of the time range: instances and routes come and go.
    refresh: 2,
    sort: 1,
    regex: '',
  };
}
