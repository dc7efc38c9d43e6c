import type { ManualStep } from '../../errors.js';
import { dashboardFiles } from '../../monitoring/grafana/dashboard.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { yamlDocument, yamlText } from '../../monitoring/prometheus/yaml-text.js';
import type { ComposeService } from '../../project/compose-services.js';
import { serviceOf } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, mountedFrom, nothing, type PlannedPart } from './part.js';

/** The dashboard, and what a Grafana needs to show it, unless the target provisions one itself. */
export function plannedGrafana(monitoring: Monitoring, around: Around): PlannedPart {
  const { answers, facts } = around;
  if (!isWanted('grafana', answers, true)) return nothing('grafana');
  const own = facts.grafanaProvisioning;
  const all = dashboardFiles(monitoring).map((file) => ({ ...file, about: about(file.path) }));
  const service = serviceOf(facts, 'grafana');
  if (own === undefined) {
    const steps = service === undefined ? [] : [mountStep(monitoring, service, around)];
    return { part: 'grafana', files: all, steps, starts: [] };
  }
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

/** A Grafana that compose starts, and that nothing in the target provisions as a whole, sees what is mounted. */
function mountStep({ application }: Monitoring, { name, mounts }: ComposeService, around: Around): ManualStep {
  const [composeFile = ''] = around.facts.compose?.files ?? [];
  const folder = 'monitoring/grafana';
  const provisioning = '/etc/grafana/provisioning';
  const hasSource = mounts.some(({ target }) => target.startsWith(`${provisioning}/datasources`));
  const files = [
    ...(hasSource
      ? []
      : [['provisioning/datasources/prometheus.yaml', `${provisioning}/datasources/${application}.yaml`]]),
    ['provisioning/dashboards/dashboards.yaml', `${provisioning}/dashboards/${application}.yaml`],
    ['dashboards', '/etc/grafana/dashboards'],
  ];
  const volumes = files.map(([from, to]) => `${mountedFrom(composeFile, `${folder}/${from}`, around)}:${to}:ro`);
  return {
    path: composeFile,
    reason: `${name} is yours; to have the dashboard there, add to it`,
    snippet: yamlText(yamlDocument({ volumes })).trimEnd(),
  };
}

function about(path: string): string {
  if (path.includes('/datasources/')) return "Grafana's data source";
  return path.includes('/provisioning/') ? 'where Grafana finds dashboards' : 'the dashboard';
}
