import { posix } from 'node:path';
import { shellLine } from '../../command.js';
import type { ManualStep } from '../../errors.js';
import { runsOf, tokenPath, tokenSecrets, tokenVariable } from '../../monitoring/compose.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { gatewayPort } from '../../monitoring/prometheus/gateway.js';
import { ruleFiles } from '../../monitoring/prometheus/rules.js';
import {
  prometheusFolder as folder,
  type Place,
  prometheusFiles,
  scrapeSnippet,
  tokenFile,
} from '../../monitoring/prometheus/scrape-config.js';
import { yamlDocument, yamlText } from '../../monitoring/prometheus/yaml-text.js';
import { hostGateway, needsHostGateway, networksToMeet } from '../../monitoring/reach.js';
import type { ComposeService } from '../../project/compose-services.js';
import { type MonitoringFacts, serviceOf } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, mountedFrom, nothing, type PlannedFile, type PlannedPart, pathFrom } from './part.js';
import { gatewayFor, scrapedAt, type Whereabouts } from './whereabouts.js';

const ignoreFile: PlannedFile = {
  path: `${folder}/.gitignore`,
  text: `${tokenFile}\n`,
  kind: 'seeded',
  about: 'keeps the token out of git',
};

/** The name of the configuration that the overlay's Prometheus has: the user's own file keeps its. */
export function configName({ prometheusConfig: own }: MonitoringFacts): string {
  return own === `${folder}/prometheus.yml` ? 'prometheus.compose.yml' : 'prometheus.yml';
}

/** The scrape configuration: a whole one, or, where the target has its own, what is to be added to it, or both. */
export function plannedPrometheus(monitoring: Monitoring, around: Around): PlannedPart {
  const { answers, facts, where } = around;
  if (!isWanted('prometheus', answers, true)) return nothing('prometheus');
  const service = serviceOf(facts, 'prometheus');
  if (service !== undefined) return besideService(monitoring, around, service);
  const own = facts.prometheusConfig;
  // Compose does not run the user's: it is for somewhere else.
  const beside = own === undefined ? nothing('prometheus') : besideConfig(monitoring, around, own);
  if (where.prometheus.in === 'host') return own === undefined ? startedByHand(monitoring, around) : beside;
  const place = { target: scrapedAt(where, monitoring.port), tokenFile: tokenPath, gateway: gatewayFor(where) };
  const files = prometheusFiles(monitoring, place, configName(facts)).map((file) => ({ ...file, about: aboutConfig }));
  return { ...beside, files: [...files, ...beside.files] };
}

const aboutConfig = 'what Prometheus scrapes';

function startedByHand(monitoring: Monitoring, { where }: Around): PlannedPart {
  const files = prometheusFiles(monitoring, { gateway: gatewayFor(where) });
  const command = shellLine(['prometheus', `--config.file=${folder}/prometheus.yml`]);
  return {
    part: 'prometheus',
    // The token lies beside the configuration, in the repository.
    files: [...files.map((file) => ({ ...file, about: aboutConfig })), ...(monitoring.token ? [ignoreFile] : [])],
    steps: [],
    starts: [{ title: 'Prometheus', command }],
  };
}

function besideConfig(monitoring: Monitoring, around: Around, own: string): PlannedPart {
  const { where } = around;
  const fromThere = (path: string) => pathFrom(posix.dirname(own), path, around);
  const reason = `it is yours; ${whereToAdd(monitoring)}. Where it runs in a container, ${folder}/rules has to be mounted there`;
  const place = {
    rulesFolder: fromThere(`${folder}/rules`),
    tokenFile: fromThere(`${folder}/${tokenFile}`),
    // Which gateway it reaches, nobody knows.
    gateway: where.gateway && { target: `localhost:${gatewayPort}`, runs: false },
  };
  const planned = besideOwn(monitoring, own, place, { path: own, reason });
  if (!monitoring.token) return planned;
  const step = {
    path: own,
    reason: `it shows the token from a file that git ignores: make it from the METRICS_TOKEN that the service has, and mount it, too, where it runs in a container`,
    snippet: `printf %s "$METRICS_TOKEN" > ${folder}/${tokenFile}`,
  };
  return { ...planned, files: [...planned.files, ignoreFile], steps: [...planned.steps, step] };
}

/** Where the container of the user's own Prometheus sees the rules: those of several services have a folder each. */
const mountedRules = '/etc/prometheus-rules';

/** What compose starts sees of the target only what is mounted. */
function besideService(monitoring: Monitoring, around: Around, prometheus: ComposeService): PlannedPart {
  const { facts, where, answers } = around;
  const [composeFile = ''] = facts.compose?.files ?? [];
  const own = facts.prometheusConfig;
  const found = own === undefined ? `the configuration of its service ${prometheus.name} was not found` : 'it is yours';
  const reason = `${found}; ${whereToAdd(monitoring)}`;
  const rulesFolder = `${mountedRules}/${monitoring.application}`;
  const place = {
    rulesFolder,
    target: scrapedAt(where, monitoring.port),
    tokenFile: tokenPath,
    gateway: gatewayFor(where),
  };
  const planned = besideOwn(monitoring, own ?? composeFile, place, { path: own ?? composeFile, reason });
  const additions = {
    ...(isWanted('rules', answers, true)
      ? { volumes: [`${mountedFrom(composeFile, `${folder}/rules`, around)}:${rulesFolder}:ro`] }
      : {}),
    ...reaching(prometheus, where),
    ...(monitoring.token ? { secrets: Object.keys(tokenSecrets) } : {}),
  };
  const step = {
    path: composeFile,
    reason: `${prometheus.name} has to see what it is told of, and to reach it; add to it`,
    snippet: yamlText(yamlDocument(additions)).trimEnd(),
  };
  const steps = Object.keys(additions).length === 0 ? [] : [step];
  const token = monitoring.token ? [tokenStep(composeFile, around)] : [];
  return { ...planned, steps: [...planned.steps, ...steps, ...token] };
}

/** What the user's Prometheus needs besides to reach the service, and what jobs push to. */
function reaching({ networks, usesHostNetwork }: ComposeService, { app, prometheus, gateway }: Whereabouts): object {
  // The overlay's gateway joins the networks that it has.
  const others = [runsOf(app), ...(gateway?.in === 'service' ? [gateway] : [])];
  const joins = usesHostNetwork ? [] : networksToMeet(others, networks);
  return {
    ...(joins.length === 0 ? {} : { networks: joins }),
    ...(others.some((other) => needsHostGateway(prometheus, other)) ? { extra_hosts: [hostGateway] } : {}),
  };
}

/** Without the variable the service asks for no token, and without the secret Prometheus shows none. */
function tokenStep(composeFile: string, { where }: Around): ManualStep {
  const { app } = where;
  // The overlay gives it to the service.
  const isGiven = [where.prometheus, where.grafana, where.gateway].some((runs) => runs?.in === 'overlay');
  const name = app.in === 'service' && !isGiven ? app.service.name : undefined;
  const services = name === undefined ? {} : { services: { [name]: { environment: tokenVariable } } };
  const others = app.in === 'service' ? '' : ', and start the service with the same variable';
  return {
    path: composeFile,
    reason: `the token comes from the variable METRICS_TOKEN of whoever starts it; add this${others}`,
    snippet: yamlText(yamlDocument({ ...services, secrets: tokenSecrets })).trimEnd(),
  };
}

function whereToAdd({ application }: Monitoring): string {
  return `add to its lists of the same names (${snippetPath(application)} has comments, too)`;
}

function snippetPath(application: string): string {
  return `${folder}/scrape-${application}.yml`;
}

/** `own` is where the snippet belongs. */
function besideOwn(
  monitoring: Monitoring,
  own: string,
  place: Place,
  step: Pick<ManualStep, 'path' | 'reason'>,
): PlannedPart {
  const path = snippetPath(monitoring.application);
  const text = scrapeSnippet(monitoring, place);
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const about = `what goes into ${own}`;
  return {
    part: 'prometheus',
    files: [{ path, text, kind: 'seeded', about }],
    steps: [{ ...step, snippet: lines.join('\n') }],
    starts: [],
  };
}

/** Recording rules, alerts and their tests. */
export function plannedRules(monitoring: Monitoring, { answers }: Around): PlannedPart {
  if (!isWanted('rules', answers, true)) return nothing('rules');
  const files = ruleFiles(monitoring).map((file) => ({
    ...file,
    about: file.path.includes('/tests/')
      ? `tests of the alerts: \`promtool test rules ${file.path}\``
      : 'recording rules and alerts',
  }));
  return { part: 'rules', files, steps: [], starts: [] };
}
