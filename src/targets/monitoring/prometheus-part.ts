import { posix } from 'node:path';
import { shellLine } from '../../command.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { ruleFiles } from '../../monitoring/prometheus/rules.js';
import {
  type Place,
  prometheusConfig,
  prometheusFiles,
  scrapeSnippet,
  tokenFile,
} from '../../monitoring/prometheus/scrape-config.js';
import { runsImage } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, nothing, type PlannedFile, type PlannedPart } from './part.js';

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
  const own = facts.prometheusConfig;
  if (own !== undefined) {
    // A Prometheus that compose starts finds the service by its name there; where another one runs, nobody knows.
    const target = runsImage(facts, 'prometheus') ? place?.target : undefined;
    return besideOwn(monitoring, own, target === undefined ? {} : { target });
  }
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

function besideOwn(monitoring: Monitoring, own: string, place: Place): PlannedPart {
  const path = `${folder}/scrape-${monitoring.application}.yml`;
  const rules = posix.relative(posix.dirname(own), `${folder}/rules`);
  const text = scrapeSnippet(monitoring, { ...place, rulesFolder: rules });
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const step = {
    path: own,
    reason: `it is yours; add to its lists of the same names (${path} has comments, too). Where it runs in a container, ${folder}/rules has to be mounted there`,
    snippet: lines.join('\n'),
  };
  const about = `what goes into ${own}`;
  return { part: 'prometheus', files: [{ path, text, kind: 'seeded', about }], steps: [step], starts: [] };
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
