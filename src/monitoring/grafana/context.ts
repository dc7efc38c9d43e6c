import type { Catalogue, Role } from '../../metrics/catalogue.js';
import type { Metric } from '../../metrics/metric.js';
import type { Monitoring } from '../monitoring.js';
import type { Matchers } from '../promql.js';
import type { Panel } from './model.js';

/** What all panels of a dashboard are made with. */
export interface Context {
  readonly monitoring: Monitoring;
  readonly catalogue: Catalogue;
  /** The dashboard's own. */
  readonly uid: string;
  /** The series of the instances that were chosen. */
  readonly chosen: Matchers;
  /** Of those, the ones of the routes that were chosen: for metrics with the route label. */
  readonly chosenRoutes: Matchers;
}

/** The window of every rate: Grafana makes it at least four scrape intervals long. */
export const RATE = '$__rate_interval';
/** The label that tells instances apart. */
export const byInstance = ['instance'] as const;
/** The time that the dashboard shows. */
export const SHOWN = '$__range';

export function contextOf(monitoring: Monitoring, uid: string): Context {
  const { catalogue } = monitoring;
  const chosen = { application: '$application', job: ['=~', '$job'], instance: ['=~', '$instance'] } as const;
  return {
    monitoring,
    catalogue,
    uid,
    chosen,
    chosenRoutes: { ...chosen, [catalogue.httpLabels.route]: ['=~', '$route'] },
  };
}

/** Makes a panel, or none when the catalogue has not all metrics that it needs. */
export type PanelMaker = (context: Context) => readonly Panel[];

/** A panel with the roles that it needs; it is there when the catalogue has them all. */
export function panelWith<Needed extends Role>(
  roles: readonly Needed[],
  make: (metrics: Readonly<Record<Needed, Metric>>, context: Context) => Panel,
): PanelMaker {
  return (context) => {
    const { metrics } = context.catalogue;
    return hasAll(metrics, roles) ? [make(metrics, context)] : [];
  };
}

function hasAll<Needed extends Role>(
  metrics: Catalogue['metrics'],
  roles: readonly Needed[],
): metrics is Catalogue['metrics'] & Readonly<Record<Needed, Metric>> {
  return roles.every((role) => metrics[role] !== undefined);
}

/** The labels that tell the series of a metric of processes apart, and how Grafana's legend writes them. */
export function processLabels({ catalogue }: Context, { perWorker }: Metric): { by: string[]; legend: string } {
  return perWorker && catalogue.multiprocess
    ? { by: ['instance', 'worker'], legend: '{{instance}} worker {{worker}}' }
    : { by: ['instance'], legend: '{{instance}}' };
}
