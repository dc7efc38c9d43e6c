import { jobMetrics } from '../metrics/job-metrics.js';
import { code, inline } from './markdown.js';
import type { Monitoring } from './monitoring.js';
import { yamlDocument, yamlText } from './prometheus/yaml-text.js';
import { selector } from './promql.js';

/** What batch jobs push to. */
export interface PushedJobs {
  /** Ways to reach a gateway, each a place to run a job and the value of PUSHGATEWAY_URL; none where none is known to run. */
  readonly gateways: readonly { readonly from: string; readonly url: string }[];
  /** The file with the job that scrapes the gateway, commented where none is known to run. */
  readonly configuration: string | undefined;
}

/** How batch jobs reach Prometheus, and what to ask of them. */
export function batchJobs({ application }: Monitoring, jobs: PushedJobs): string {
  const series = (name: string) => selector(name, { application });
  const questions = [
    ['1 where the last run succeeded, 0 where it failed, by job', series(jobMetrics.success)],
    ['seconds since the last success, by job', `time() - ${series(jobMetrics.lastSuccess)}`],
    ['seconds that the last run took, by job', series(jobMetrics.duration)],
  ];
  return [
    '## Batch jobs',
    `A job has ended when Prometheus comes, so it pushes to a Pushgateway (the module ${inline('push')} of the metrics folder has an example), where Prometheus reads it with ${inline('honor_labels: true')}: what was pushed keeps its own labels ${inline('job')} and ${inline('application')}. The gateway keeps it until it is deleted.`,
    whereTo(jobs),
    code('promql', questions.map(([asks, query]) => `# ${asks}\n${query}`).join('\n\n')),
    'A job that does not run any more looks like its last run, so watch how old its last success is. How old is too old, nobody but you knows: it is the time between two runs, and some time for a late one. In a rule file of your own, for a job that runs each night:',
    code('yaml', yamlText(yamlDocument(exampleRules(application))).trimEnd()),
  ].join('\n\n');
}

function whereTo({ gateways, configuration }: PushedJobs): string {
  const [first, ...others] = gateways;
  const job = configuration === undefined ? '' : ` The job that reads it is in ${inline(configuration)}`;
  if (first === undefined) {
    return `No gateway was found here: start one, set ${inline('PUSHGATEWAY_URL')} for the jobs${job === '' ? '' : `, and take its comment signs out.${job}`}.`;
  }
  const ways = [first, ...others].map(({ from, url }) => `${inline(url)} ${from}`).join(', ');
  return `${inline('PUSHGATEWAY_URL')} is ${ways}.${job === '' ? '' : `${job}.`}`;
}

/** Examples: they stand in no rule file. */
function exampleRules(application: string): object {
  const alert = (name: string, expr: string, summary: string) => ({
    alert: name,
    expr,
    labels: { severity: 'ticket' },
    annotations: { summary },
  });
  const nightly = selector(jobMetrics.lastSuccess, { application, job: 'nightly' });
  return {
    groups: [
      {
        name: `${application}-jobs`,
        rules: [
          alert('JobFailed', `${selector(jobMetrics.success, { application })} == 0`, '{{ $labels.job }} failed'),
          alert('JobTooOld', `time() - ${nightly} > 26 * 3600`, '{{ $labels.job }} has not succeeded for 26 hours'),
        ],
      },
    ],
  };
}
