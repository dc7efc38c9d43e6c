import { type MonitoringFile, scrapeIntervalSeconds } from '../monitoring.js';
import { yamlDocument, yamlText } from '../prometheus/yaml-text.js';

/** Of the data source, in Grafana's addresses and in dashboards; the one that kube-prometheus-stack has as well. */
export const DATASOURCE_UID = 'prometheus';
/** Where Grafana finds the dashboards' folder. */
export const DASHBOARDS_FOLDER = '/etc/grafana/dashboards';
/** Grafana's image, the newest that was tried. */
export const grafanaImage = 'grafana/grafana:13.2.3';

/** What Grafana is told of. */
export interface Provisioned {
  /** Where Prometheus is, for Grafana. */
  readonly url: string;
  /**
   * The service's name where the Grafana is the user's and shows others, too. Two default data sources, or two of one
   * uid, end its start: https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
   */
  readonly sharedAs?: string | undefined;
  /** Where it sees the dashboards. */
  readonly dashboards?: string;
}

/** Grafana's provisioning of the data source and of the folder of dashboards. */
export function provisioningFiles(provisioned: Provisioned): MonitoringFile[] {
  return [
    { path: dataSourcePath, text: dataSource(provisioned), kind: 'seeded' },
    { path: providerPath, text: provider(provisioned), kind: 'seeded' },
  ];
}

const folder = 'monitoring/grafana/provisioning';
export const dataSourcePath = `${folder}/datasources/prometheus.yaml`;
export const providerPath = `${folder}/dashboards/dashboards.yaml`;

function dataSource({ url, sharedAs }: Provisioned): string {
  return `# Goes to /etc/grafana/provisioning/datasources. The url is Prometheus' as Grafana reaches it, not as a browser does.
${yaml({
  apiVersion: 1,
  datasources: [
    {
      ...(sharedAs === undefined
        ? { name: 'Prometheus', uid: DATASOURCE_UID, isDefault: true }
        : { name: `Prometheus for ${sharedAs}`, isDefault: false }),
      type: 'prometheus',
      access: 'proxy',
      url,
      editable: false,
      jsonData: {
        // From it Grafana makes the window of all rates ($__rate_interval): four times as long, at least.
        timeInterval: `${scrapeIntervalSeconds}s`,
        httpMethod: 'POST',
      },
    },
  ],
})}`;
}

function yaml(value: object): string {
  return yamlText(yamlDocument(value));
}

function provider({ sharedAs, dashboards = DASHBOARDS_FOLDER }: Provisioned): string {
  return `# Goes to /etc/grafana/provisioning/dashboards; ${dashboards} holds the dashboards themselves.
${yaml({
  apiVersion: 1,
  providers: [
    {
      name: sharedAs ?? 'add-prom-metrics',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: dashboards, foldersFromFilesStructure: false },
    },
  ],
})}`;
}
