import { madeBy } from '../made-by.js';
import { code, inline, table } from './markdown.js';
import type { Monitoring, MonitoringFile } from './monitoring.js';
import { explained, ownQuery } from './queries.js';
import { batchJobs, type PushedJobs } from './readme-jobs.js';

/** What was written, and how it is started: what the text depends on besides the metrics. */
export interface ReadmeSetup {
  /** `monitoring/README.md`, or another name where that one is taken. */
  readonly path: string;
  /** All files that were written. */
  readonly files: readonly { readonly path: string; readonly about: string }[];
  /** Ways to start what was written, each a title and a command to paste. */
  readonly starts: readonly { readonly title: string; readonly command: string }[];
  readonly renew: string;
  /** Where batch jobs push to; undefined where none do. */
  readonly jobs: PushedJobs | undefined;
  /** Annotations for pods without Prometheus' operator; undefined without Kubernetes. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** The explanation of a service's metrics: what each means, and what to ask of it. */
export function readmeFile(monitoring: Monitoring, setup: ReadmeSetup): MonitoringFile {
  const sections = [
    start(monitoring, setup),
    whatIsHere(setup),
    objective(monitoring),
    metrics(monitoring),
    ownMetrics(monitoring, setup),
    ...(setup.jobs === undefined ? [] : [batchJobs(monitoring, setup.jobs)]),
    annotations(setup),
  ];
  const body = `# Monitoring of ${monitoring.application}\n\n${sections.filter((text) => text !== '').join('\n\n')}\n`;
  const head = `<!-- ${madeBy(body)}. Please do not edit: an update replaces this file whole. -->`;
  return { path: setup.path, text: `${head}\n\n${body}`, kind: 'sealed' };
}

function start({ token }: Monitoring, { starts, renew }: ReadmeSetup): string {
  const secret = token
    ? [
        'The endpoint wants a bearer token: set `METRICS_TOKEN` in the service, and give Prometheus the same. Never commit it.',
      ]
    : [];
  return [
    '## Start it',
    ...secret,
    ...starts.map(({ title, command }) => `${title}:\n\n${code('sh', command)}`),
    'After the code changed, renew dashboard, rules and this text (after an answer changed: `npx add-prom-metrics add`):',
    code('sh', renew),
  ].join('\n\n');
}

function whatIsHere({ files }: ReadmeSetup): string {
  return `## What is here\n\n${table(
    ['file', 'what for'],
    files.map(({ path, about }) => [inline(path), about]),
  )}`;
}

function objective({ objective: { availability, latencySeconds, isGiven } }: Monitoring): string {
  const urgency = isGiven
    ? 'Alerts that spend its error budget fast have the severity `page`, the others `ticket`.'
    : 'Nobody has set it, so every alert has the severity `ticket`; `add-prom-metrics add --slo <percent>` sets it.';
  return `## Objective

${availability} % of the requests succeed, and as many are answered within ${latencySeconds} s, over 30 days. ${urgency}`;
}

function metrics({ catalogue, application }: Monitoring): string {
  const sections = explained(catalogue, application).map(({ metric, questions }) => {
    const labels = [...metric.labels, ...(metric.perWorker && catalogue.multiprocess ? ['worker'] : [])];
    const about = [metric.type, ...(labels.length > 0 ? [`by ${labels.map(inline).join(', ')}`] : [])].join(', ');
    const queries = questions.map(({ asks, query }) => `# ${asks}\n${query}`).join('\n\n');
    return `### ${inline(metric.name)}\n\n${prose(metric.help)} (${about})${queries === '' ? '' : `\n\n${code('promql', queries)}`}`;
  });
  return ['## Metrics', `Every series also has the label \`application="${application}"\`.`, ...sections].join('\n\n');
}

function ownMetrics({ own, catalogue, application }: Monitoring, { renew }: ReadmeSetup): string {
  if (own.length === 0) {
    return `## Your own metrics\n\nNone was found in the code. Declare one, then run ${inline(renew)}: it comes into the dashboard and here.`;
  }
  const rows = own.map((metric) => [
    inline(metric.name),
    metric.type,
    metric.labels.map(inline).join(', '),
    prose(metric.help),
    inline(metric.path),
  ]);
  const queries = own.map((metric) => `# ${metric.name}\n${ownQuery(metric, catalogue, application)}`);
  return [
    '## Your own metrics',
    table(['metric', 'type', 'labels', 'meaning', 'declared in'], rows),
    code('promql', queries.join('\n\n')),
  ].join('\n\n');
}

function annotations({ annotations: pairs }: ReadmeSetup): string {
  if (pairs === undefined) return '';
  const lines = Object.entries(pairs).map(([key, value]) => `        ${key}: ${JSON.stringify(value)}`);
  return `## Kubernetes without the operator

Where no operator reads a PodMonitor, these annotations of the pods tell Prometheus what to scrape, as far as its configuration
follows them:

${code('yaml', ['spec:', '  template:', '    metadata:', '      annotations:', ...lines].join('\n'))}`;
}

/** What somebody wrote about a metric, as one line of Markdown that means nothing else. */
function prose(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#]/g, '\\$&');
}
