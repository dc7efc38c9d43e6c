import { createHash } from 'node:crypto';
import type { Monitoring, MonitoringFile } from '../monitoring.js';
import { annotations } from './annotations.js';
import { contextOf } from './context.js';
import { layOut } from './layout.js';
import { toLogs } from './links.js';
import type { Dashboard } from './model.js';
import { health } from './panels/health.js';
import { overview } from './panels/overview.js';
import { ownMetrics } from './panels/own.js';
import { redis } from './panels/redis.js';
import { requests } from './panels/requests.js';
import { runtime } from './panels/runtime.js';
import { slo } from './panels/slo.js';
import { workers } from './panels/workers.js';
import { type Provisioned, provisioningFiles } from './provisioning.js';
import { variables } from './variables.js';

/** Of Grafana's dashboard model: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
const SCHEMA_VERSION = 42;
/** https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/#identifier-id-vs-unique-identifier-uid */
const UID_LENGTH = 40;
const UID_SUFFIX = '-metrics';
const HASH_LENGTH = 8;

/**
 * The files that show a service in Grafana: its dashboard, made from the catalogue and the metrics of its own, and the
 * provisioning of the data source and of the dashboards' folder. The same input gives the same bytes.
 */
export function dashboardFiles(monitoring: Monitoring, provisioned: Provisioned): MonitoringFile[] {
  return [
    {
      path: `monitoring/grafana/dashboards/${monitoring.application}.json`,
      text: `${JSON.stringify(dashboard(monitoring), undefined, 2)}\n`,
      kind: 'sealed',
    },
    ...provisioningFiles(provisioned),
  ];
}

/** The dashboard as Grafana's JSON model has it. */
export function dashboard(monitoring: Monitoring): Dashboard {
  const { application, own } = monitoring;
  const uid = dashboardUid(application);
  const context = contextOf(monitoring, uid);
  const rows = [overview, requests, slo, runtime, workers, health, redis, ownMetrics(own)];
  return {
    uid,
    title: application,
    description: `Requests, objective, runtime and metrics of ${application}. Made by add-prom-metrics from its metric catalogue.`,
    tags: ['add-prom-metrics', application],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    // One crosshair for all charts.
    graphTooltip: 1,
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    refresh: '30s',
    links: [toLogs(application)],
    annotations: { list: annotations(context) },
    templating: { list: variables(context) },
    panels: layOut(rows, context),
  };
}

/**
 * A dashboard's identifier: the tag where it fits, else its beginning with its hash, so that no two tags have the same.
 * A tag may have dots and 63 characters, a uid has neither.
 */
export function dashboardUid(application: string): string {
  const plain = application.replace(/[^a-zA-Z0-9_-]/g, '-');
  const room = UID_LENGTH - UID_SUFFIX.length;
  if (plain === application && plain.length <= room) return `${plain}${UID_SUFFIX}`;
  const hash = createHash('sha256').update(application).digest('hex').slice(0, HASH_LENGTH);
  return `${plain.slice(0, room - HASH_LENGTH - 1)}-${hash}${UID_SUFFIX}`;
}
