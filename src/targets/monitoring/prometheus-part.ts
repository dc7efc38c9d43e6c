import { posix } from 'node:path';
import { shellLine } from '../../command.js';
import type { ManualStep } from '../../errors.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { ruleFiles } from '../../monitoring/prometheus/rules.js';
import {
  type Place,
  prometheusConfig,
  prometheusFiles,
  scrapeSnippet,
  tokenFile,
} from '../../monitoring/prometheus/scrape-config.js';
import { yamlDocument, yamlText } from '../../monitoring/prometheus/yaml-text.js';
import type { ComposeService } from '../../project/compose-services.js';
import { serviceOf } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, mountedFrom, nothing, type PlannedFile, type PlannedPart, pathFrom } from './part.js';

const folder = 'monitoring/prometheus';

const ignoreFile: PlannedFile = {
  path: `${folder}/.gitignore`,
  text: `${tokenFile}\n`,
  kind: 'seeded',
  about: 'keeps the token out of git',
};

/**
 * The scrape configuration: a whole one, or, where the target has its own, what is to be added to it.
 *
 * @param place where Prometheus finds the service when compose starts both
 */
export function plannedPrometheus(monitoring: Monitoring, around: Around, place: Place | undefined): PlannedPart {
  const { answers, facts } = around;
  if (!isWanted('prometheus', answers, true)) return nothing('prometheus');
  const service = serviceOf(facts, 'prometheus');
  // A Prometheus that compose starts finds the service by its name there; where another one runs, nobody knows.
  if (service !== undefined) return besideService(monitoring, around, service, place?.target);
  if (facts.prometheusConfig !== undefined) return besideConfig(monitoring, around, facts.prometheusConfig);
  const files = prometheusFiles(monitoring).map((file) => ({
    ...file,
    text: place === undefined ? file.text : prometheusConfig(monitoring, place),
    about: 'what Prometheus scrapes',
  }));
  // The token lies beside the configuration, in the repository.
  const secret = monitoring.token && place === undefined ? [ignoreFile] : [];
  const command = shellLine(['prometheus', `--config.file=${folder}/prometheus.yml`]);
  return {
    part: 'prometheus',
    files: [...files, ...secret],
    steps: [],
    starts: place === undefined ? [{ title: 'Prometheus', command }] : [],
  };
}

function besideConfig(monitoring: Monitoring, around: Around, own: string): PlannedPart {
  const rulesFolder = pathFrom(posix.dirname(own), `${folder}/rules`, around);
  const reason = `it is yours; ${whereToAdd(monitoring)}. Where it runs in a container, ${folder}/rules has to be mounted there`;
  return besideOwn(monitoring, own, { rulesFolder }, { path: own, reason });
}

/** Where the container of the user's own Prometheus sees the rules: those of several services have a folder each. */
const mountedRules = '/etc/prometheus-rules';

/** What compose starts sees of the target only what is mounted. */
function besideService(
  monitoring: Monitoring,
  around: Around,
  prometheus: ComposeService,
  target: string | undefined,
): PlannedPart {
  const { facts, services } = around;
  const [composeFile = ''] = facts.compose?.files ?? [];
  const own = facts.prometheusConfig;
  const found = own === undefined ? `the configuration of its service ${prometheus.name} was not found` : 'it is yours';
  const reason = `${found}; ${whereToAdd(monitoring)}`;
  const rulesFolder = `${mountedRules}/${monitoring.application}`;
  const place = { rulesFolder, ...(target === undefined ? {} : { target }) };
  const planned = besideOwn(monitoring, own ?? composeFile, place, { path: own ?? composeFile, reason });
  const networks = missingNetworks(prometheus, services[0]);
  const additions = {
    volumes: [`${mountedFrom(composeFile, `${folder}/rules`, around)}:${rulesFolder}:ro`],
    ...(networks.length === 0 ? {} : { networks }),
  };
  const step = {
    path: composeFile,
    reason: `${prometheus.name} has to see the rules${networks.length === 0 ? '' : ', and to reach the service'}; add to it`,
    snippet: yamlText(yamlDocument(additions)).trimEnd(),
  };
  return { ...planned, steps: [...planned.steps, step] };
}

/** Networks by which Prometheus would reach the app; none where they have one in common. */
function missingNetworks(prometheus: ComposeService, app: ComposeService | undefined): readonly string[] {
  if (app === undefined || prometheus.usesHostNetwork || app.usesHostNetwork) return [];
  const of = ({ networks }: ComposeService) => (networks.length === 0 ? ['default'] : networks);
  if (of(app).some((network) => of(prometheus).includes(network))) return [];
  // Naming one network takes a service out of the project's own.
  return [...(prometheus.networks.length === 0 ? ['default'] : []), ...of(app).slice(0, 1)];
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
