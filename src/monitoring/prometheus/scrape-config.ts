import { type Document, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { type Monitoring, type MonitoringFile, scrapeIntervalSeconds } from '../monitoring.js';
import { comment, otherDiscoveries } from './discovery.js';
import { gatewayJob } from './gateway.js';
import { yamlDocument, yamlText } from './yaml-text.js';

/**
 * Samples that a scrape may bring; with more it fails as a whole. Room for some 300 routes with four status codes each,
 * while a label that runs wild is stopped before it harms the server.
 */
export const sampleLimit = 20_000;

/** Where Prometheus finds the bearer token, relative to its configuration. Never to be committed. */
export const tokenFile = 'metrics-token';

/** Where the service and its token are, when not on this machine and beside the configuration. */
export interface Place {
  /** Host and port as Prometheus reaches them, such as `app:3000`. */
  readonly target?: string;
  /** Path of the file with the token. */
  readonly tokenFile?: string;
  /** Folder of the rules, relative to the configuration. */
  readonly rulesFolder?: string;
  /** Where jobs push to, as Prometheus reaches it, and whether such a gateway is known to run; undefined: none push. */
  readonly gateway?: { readonly target: string; readonly runs: boolean } | undefined;
}

export const prometheusFolder = 'monitoring/prometheus';

/**
 * The configuration of a Prometheus that scrapes the service; seeded, since every place differs.
 *
 * @param name the file's
 */
export function prometheusFiles(monitoring: Monitoring, place: Place = {}, name = 'prometheus.yml'): MonitoringFile[] {
  return [{ path: `${prometheusFolder}/${name}`, text: prometheusConfig(monitoring, place, name), kind: 'seeded' }];
}

/**
 * A configuration of Prometheus, 2.42 to 3.x: the service as one target, and, commented, how else it may be found.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/
 */
export function prometheusConfig(monitoring: Monitoring, place: Place = {}, name = 'prometheus.yml'): string {
  const document = yamlDocument({
    global: { scrape_interval: interval, evaluation_interval: interval },
    rule_files: [ruleFiles(place)],
    scrape_configs: jobs(monitoring, place),
  });
  // A secret of Compose's is in the container only, and promtool refuses a configuration that names a missing file.
  const syntaxOnly = monitoring.token && isInContainer(place) ? '--syntax-only ' : '';
  document.commentBefore = ` Prometheus' configuration, made by add-prom-metrics once; it is yours to change.
 Check it: promtool check config ${syntaxOnly}${prometheusFolder}/${name}`;
  commentJobs(document, monitoring, place);
  document.comment = further();
  return yamlText(document);
}

/**
 * What goes into a prometheus.yml that is there already: `rule_files` and `scrape_configs` with one entry each, to be
 * added to the lists that it has. As it is, it is a configuration that promtool can check.
 */
export function scrapeSnippet(monitoring: Monitoring, place: Place = {}): string {
  const all = jobs(monitoring, place).map((job) => ({ ...job, scrape_interval: interval }));
  const document = yamlDocument({ rule_files: [ruleFiles(place)], scrape_configs: all });
  document.commentBefore = ` Add each entry to the list of the same name in your prometheus.yml. Its paths are relative to that file.`;
  commentJobs(document, monitoring, place);
  return yamlText(document);
}

const interval = `${scrapeIntervalSeconds}s`;

function ruleFiles({ rulesFolder = 'rules' }: Place): string {
  return `${rulesFolder}/*.rules.yml`;
}

function isInContainer({ tokenFile: file = tokenFile }: Place): boolean {
  return file.startsWith('/');
}

function jobs(monitoring: Monitoring, place: Place): object[] {
  const { gateway } = place;
  const pushed = gateway?.runs === true ? [gatewayJob(monitoring.application, gateway.target)] : [];
  return [scrapeJob(monitoring, place), ...pushed];
}

function scrapeJob({ application, metricsPath, port, token }: Monitoring, place: Place) {
  return {
    job_name: application,
    metrics_path: metricsPath,
    scrape_timeout: '10s',
    honor_labels: true,
    sample_limit: sampleLimit,
    ...(token ? { authorization: { type: 'Bearer', credentials_file: place.tokenFile ?? tokenFile } } : {}),
    static_configs: [{ targets: [place.target ?? `localhost:${port}`], labels: { application } }],
  };
}

function commentJobs(document: Document, { application, port }: Monitoring, place: Place): void {
  const all = document.get('scrape_configs');
  const [job, pushed] = isSeq(all) ? all.items : [];
  if (!isSeq(all) || !isMap(job)) throw new TypeError('scrape_configs holds no job');
  commentKey(
    job,
    'honor_labels',
    ' "up" and "scrape_*" have the label of the target; all else keeps what the service says.',
  );
  commentKey(job, 'sample_limit', ' A scrape that brings more fails as a whole. An alert comes before.');
  commentKey(
    job,
    'authorization',
    isInContainer(place)
      ? ' Compose makes that file from the variable METRICS_TOKEN.'
      : ` Never commit that file: printf %s "$METRICS_TOKEN" > ${prometheusFolder}/${tokenFile}`,
  );
  // A service of compose is found by the same name when there are several of it.
  const name = /^([\w-]+):\d+$/.exec(place.target ?? '')?.[1];
  job.comment = otherDiscoveries(application, port, name === 'localhost' ? undefined : name);
  if (isMap(pushed)) pushed.commentBefore = pushedNote;
  else if (place.gateway !== undefined) all.comment = gatewayComment(application, place.gateway.target);
}

const pushedNote = ' What batch jobs have pushed, with the labels that it was pushed with. Once for each gateway.';

/** The gateway's job, to be taken in where one runs. */
function gatewayComment(application: string, target: string): string {
  return comment(`${pushedNote.trim()} Where one runs`, [gatewayJob(application, target)]);
}

function commentKey(map: YAMLMap, key: string, text: string): void {
  for (const { key: node } of map.items) if (isScalar(node) && node.value === key) node.commentBefore = text;
}

/** What one server alone does not need. */
function further(): string {
  return [
    comment('Where alerts go', {
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['localhost:9093'] }] }] },
    }),
    comment(
      'When one server is not enough: a copy of every sample for Mimir, Thanos Receive, VictoriaMetrics and the like',
      {
        remote_write: [
          {
            url: 'https://metrics.example.com/api/v1/push',
            authorization: { type: 'Bearer', credentials_file: 'remote-write-token' },
          },
        ],
      },
    ),
  ].join('\n');
}
