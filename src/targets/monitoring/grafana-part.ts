import { dashboardFiles } from '../../monitoring/grafana/dashboard.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, nothing, type PlannedPart } from './part.js';

/** The dashboard, and what a Grafana needs to show it, unless the target provisions one itself. */
export function plannedGrafana(monitoring: Monitoring, { answers, facts }: Around): PlannedPart {
  if (!isWanted('grafana', answers, true)) return nothing('grafana');
  const own = facts.grafanaProvisioning;
  const all = dashboardFiles(monitoring).map((file) => ({ ...file, about: about(file.path) }));
  if (own === undefined) return { part: 'grafana', files: all, steps: [], starts: [] };
  const provider = all.find(({ path }) => path.includes('/provisioning/dashboards/'));
  const step = {
    path: own,
    reason:
      'it provisions your own Grafana; mount monitoring/grafana/dashboards at /etc/grafana/dashboards there, and add this as a file to its folder dashboards',
    snippet: (provider?.text ?? '').trimEnd(),
  };
  const files = all.filter(({ path }) => !path.includes('/provisioning/'));
  return { part: 'grafana', files, steps: [step], starts: [] };
}

function about(path: string): string {
  if (path.includes('/datasources/')) return "Grafana's data source";
  return path.includes('/provisioning/') ? 'where Grafana finds dashboards' : 'the dashboard';
}
