import type { ManualStep } from '../../errors.js';
import { dashboardFiles } from '../../monitoring/grafana/dashboard.js';
import {
  DASHBOARDS_FOLDER,
  dataSourcePath,
  grafanaImage,
  providerPath,
} from '../../monitoring/grafana/provisioning.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { yamlDocument, yamlText } from '../../monitoring/prometheus/yaml-text.js';
import { hostGateway, needsHostGateway, networksToMeet } from '../../monitoring/reach.js';
import type { ComposeService } from '../../project/compose-services.js';
import { serviceOf } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, mountedFrom, nothing, type PlannedFile, type PlannedPart } from './part.js';
import { isOurs, prometheusUrl, type Whereabouts } from './whereabouts.js';

/** The dashboard, and what a Grafana needs to show it, unless the target provisions one itself. */
export function plannedGrafana(monitoring: Monitoring, around: Around): PlannedPart {
  const { answers, facts, where } = around;
  if (!isWanted('grafana', answers, true)) return nothing('grafana');
  const service = serviceOf(facts, 'grafana');
  const own = facts.grafanaProvisioning;
  const isShared = own !== undefined || service !== undefined;
  const dashboards = dashboardsIn(monitoring);
  const provisioned = {
    url: prometheusUrl(where),
    ...(isShared ? { sharedAs: monitoring.application, dashboards } : {}),
  };
  const files = dashboardFiles(monitoring, provisioned).map((file) => ({ ...file, about: about(file.path) }));
  if (own !== undefined) return provisionedPart(files, own, dashboards, where);
  if (service !== undefined) return besideService(monitoring, around, service, files);
  const starts = where.grafana.in === 'host' ? startsByHand(monitoring, where) : [];
  return { part: 'grafana', files, steps: [], starts };
}

/** For a Grafana that the target provisions: what goes into the folder from which it does. */
function provisionedPart(
  files: readonly PlannedFile[],
  own: string,
  dashboards: string,
  where: Whereabouts,
): PlannedPart {
  const textOf = (wanted: string) => (files.find(({ path }) => path === wanted)?.text ?? '').trimEnd();
  const steps = [
    {
      path: own,
      reason: `it provisions your own Grafana; mount monitoring/grafana/dashboards at ${dashboards} there, and add this as a file to its folder dashboards`,
      snippet: textOf(providerPath),
    },
    ...(isOurs(where.prometheus)
      ? [
          {
            path: own,
            reason: `where it has no data source for ${prometheusUrl(where)}, add this as a file to its folder datasources`,
            snippet: textOf(dataSourcePath),
          },
        ]
      : []),
  ];
  return { part: 'grafana', files: files.filter(({ path }) => !path.includes('/provisioning/')), steps, starts: [] };
}

const provisioning = '/etc/grafana/provisioning';

/** For a Grafana that compose starts, and that nothing in the target provisions as a whole: it sees what is mounted. */
function besideService(
  monitoring: Monitoring,
  around: Around,
  service: ComposeService,
  files: readonly PlannedFile[],
): PlannedPart {
  const { application } = monitoring;
  const { facts, where } = around;
  const { name, mountPoints } = service;
  const composeFile = facts.compose?.files[0] ?? '';
  // A file that is mounted below another mount is made there first: in a folder of the user's.
  const mountsSource = !mountPoints.some(
    (point) => covers(point, `${provisioning}/datasources`) || point.startsWith(`${provisioning}/datasources/`),
  );
  const mountsProvider = !mountPoints.some((point) => covers(point, `${provisioning}/dashboards`));
  const mounted = [
    ...(mountsSource ? [[dataSourcePath, `${provisioning}/datasources/${application}.yaml`]] : []),
    ...(mountsProvider ? [[providerPath, `${provisioning}/dashboards/${application}.yaml`]] : []),
    ['monitoring/grafana/dashboards', dashboardsIn(monitoring)],
  ];
  const additions = {
    volumes: mounted.map(([from = '', to = '']) => `${mountedFrom(composeFile, from, around)}:${to}:ro`),
    ...reaching(service, where),
  };
  const copies = (path: string, isMounted: boolean, reason: string): ManualStep[] =>
    isMounted ? [] : [{ path, reason, snippet: '' }];
  const needsSource = isOurs(where.prometheus);
  return {
    part: 'grafana',
    files: files.filter(({ path }) => path !== dataSourcePath || mountsSource || needsSource),
    steps: [
      {
        path: composeFile,
        reason: `${name} is yours; to have the dashboard there, add to it`,
        snippet: yamlText(yamlDocument(additions)).trimEnd(),
      },
      ...copies(
        providerPath,
        mountsProvider,
        `${name} is provisioned from a folder of yours: put a copy of this file into its folder dashboards, as ${application}.yaml`,
      ),
      ...copies(
        dataSourcePath,
        mountsSource || !needsSource,
        `where ${name} has no data source for ${prometheusUrl(where)}, put a copy of this file into its folder datasources, as ${application}.yaml`,
      ),
    ],
    starts: [],
  };
}

/** What the user's Grafana needs besides to reach Prometheus: the overlay's joins the networks that it has. */
function reaching({ networks, usesHostNetwork }: ComposeService, { prometheus, grafana }: Whereabouts): object {
  const joins = usesHostNetwork || prometheus.in === 'overlay' ? [] : networksToMeet([prometheus], networks);
  return {
    ...(joins.length === 0 ? {} : { networks: joins }),
    ...(needsHostGateway(grafana, prometheus) ? { extra_hosts: [hostGateway] } : {}),
  };
}

/** Where the user's own Grafana sees the dashboards: below nothing that is mounted, and those of each service apart. */
function dashboardsIn({ application }: Monitoring): string {
  return `/etc/grafana-dashboards/${application}`;
}

function covers(point: string, path: string): boolean {
  return path === point || path.startsWith(`${point}/`);
}

/** One container on the machine's own network, so that it reaches the Prometheus that was started by hand. */
function startsByHand({ application }: Monitoring, { grafanaPort }: Whereabouts): PlannedPart['starts'] {
  const words = [
    'docker run --rm --network host',
    `-e GF_SERVER_HTTP_ADDR=127.0.0.1 -e GF_SERVER_HTTP_PORT=${grafanaPort}`,
    '-e GF_AUTH_ANONYMOUS_ENABLED=true -e GF_ANALYTICS_REPORTING_ENABLED=false',
    `-e GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH=${DASHBOARDS_FOLDER}/${application}.json`,
    `-v "$PWD/monitoring/grafana/provisioning:${provisioning}:ro"`,
    `-v "$PWD/monitoring/grafana/dashboards:${DASHBOARDS_FOLDER}:ro"`,
    grafanaImage,
  ];
  return [
    {
      title: `Grafana beside it, at http://localhost:${grafanaPort} (Docker Desktop has to allow host networking)`,
      command: words.join(' \\\n  '),
    },
    {
      title: 'Or Prometheus and Grafana with compose, for which this writes a file',
      command: 'npx add-prom-metrics add --with compose',
    },
  ];
}

function about(path: string): string {
  if (path === dataSourcePath) return "Grafana's data source";
  return path === providerPath ? 'where Grafana finds dashboards' : 'the dashboard';
}
