import { stringify } from 'yaml';
import { type MonitoringFile, scrapeIntervalSeconds } from '../monitoring.js';

/** Of the data source, in Grafana's addresses and in dashboards; the one that kube-prometheus-stack has as well. */
export const DATASOURCE_UID = 'prometheus';
/** Where Grafana finds the dashboards' folder. */
export const DASHBOARDS_FOLDER = '/etc/grafana/dashboards';
/** Where Prometheus listens, for Grafana. */
export const PROMETHEUS_URL = 'http://prometheus:9090';

/** Grafana's provisioning of the data source and of the folder of dashboards. */
export function provisioningFiles(): MonitoringFile[] {
  return [
    {
      path: 'monitoring/grafana/provisioning/datasources/prometheus.yaml',
      text: datasource(),
      kind: 'seeded',
    },
    {
      path: 'monitoring/grafana/provisioning/dashboards/dashboards.yaml',
      text: provider(),
      kind: 'seeded',
    },
  ];
}

function datasource(): string {
  return `# Goes to /etc/grafana/provisioning/datasources.
${stringify({
  apiVersion: 1,
  datasources: [
    {
      name: 'Prometheus',
      uid: DATASOURCE_UID,
      type: 'prometheus',
      access: 'proxy',
      url: PROMETHEUS_URL,
      isDefault: true,
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

function provider(): string {
  return `# Goes to /etc/grafana/provisioning/dashboards; ${DASHBOARDS_FOLDER} holds the dashboards themselves.
${stringify({
  apiVersion: 1,
  providers: [
    {
      name: 'add-prom-metrics',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: DASHBOARDS_FOLDER, foldersFromFilesStructure: false },
    },
  ],
})}`;
}
