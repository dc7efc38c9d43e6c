import type { Link } from './model.js';

/** The Loki data source that the link to the logs names. */
const LOKI_UID = 'loki';

/** A variable of the dashboard, or one of Grafana's own, where Grafana replaces it. */
export function reference(variable: string): string {
  return `\${${variable}}`;
}

const PLAIN = { type: 'link', icon: 'external link', tags: [], asDropdown: false, targetBlank: false } as const;

/** From a panel to another one of the same dashboard, which then fills the page. */
export function toPanel(uid: string, panelId: number, title: string): Link {
  const kept = ['__url_time_range', '__all_variables'].map(reference);
  return {
    ...PLAIN,
    title,
    url: `/d/${uid}?viewPanel=${panelId}&${kept.join('&')}`,
    tooltip: '',
    includeVars: false,
    keepTime: false,
  };
}

/** From a table's cell with a route to the dashboard of that route alone. */
export function toRoute(uid: string): Link {
  const kept = ['__url_time_range', 'datasource:queryparam', 'job:queryparam', 'instance:queryparam'];
  return {
    ...PLAIN,
    title: 'Show this route only',
    url: `/d/${uid}?${kept.map(reference).join('&')}&var-route=${reference('__value.raw:percentencode')}`,
    tooltip: '',
    includeVars: false,
    keepTime: false,
  };
}

/** From the dashboard to the logs of the same application and time. */
export function toLogs(application: string): Link {
  const expr = `{application=${JSON.stringify(application)}}`;
  const panes = {
    logs: {
      datasource: LOKI_UID,
      queries: [{ refId: 'A', datasource: { type: 'loki', uid: LOKI_UID }, expr }],
      range: { from: reference('__from'), to: reference('__to') },
    },
  };
  // Grafana replaces its variables in the address as it stands, so they may not be encoded.
  const encoded = ['__from', '__to']
    .map(reference)
    .reduce(
      (text, variable) => text.replace(encodeURIComponent(variable), () => variable),
      encodeURIComponent(JSON.stringify(panes)),
    );
  return {
    ...PLAIN,
    title: 'Logs',
    tooltip: `Logs with the label application="${application}", in the Loki data source whose uid is "${LOKI_UID}".`,
    url: `/explore?schemaVersion=1&panes=${encoded}`,
    targetBlank: true,
    includeVars: false,
    keepTime: false,
  };
}
