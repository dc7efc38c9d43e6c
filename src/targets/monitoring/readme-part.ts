import { gatewayUrl, runsOf } from '../../monitoring/compose.js';
import { scrapeAnnotations } from '../../monitoring/kubernetes/kubernetes-files.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { readmeFile } from '../../monitoring/readme.js';
import type { PushedJobs } from '../../monitoring/readme-jobs.js';
import type { Workspace } from '../../plan/workspace.js';
import type { Around, PlannedPart } from './part.js';

const names = ['monitoring/README.md', 'monitoring/METRICS.md'] as const;

/** The text that explains what the other parts have written; under another name where the first one is taken. */
export function plannedReadme(
  monitoring: Monitoring,
  around: Around,
  parts: readonly PlannedPart[],
  workspace: Workspace,
): PlannedPart {
  const { answers } = around;
  const path = names.find((name) => !workspace.exists(name)) ?? names[0];
  const hasKubernetes = parts.some(({ part }) => part === 'kubernetes') && !answers.metricsToken;
  const file = readmeFile(monitoring, {
    path,
    files: parts.flatMap(({ files }) => files.map(({ path: file, about }) => ({ path: file, about }))),
    starts: parts.flatMap(({ starts }) => starts),
    renew: 'npx add-prom-metrics dashboard',
    jobs: jobsFor(around, parts),
    annotations: hasKubernetes ? scrapeAnnotations(monitoring) : undefined,
  });
  return { part: undefined, files: [{ ...file, about: 'this text' }], steps: [], starts: [] };
}

/** Where jobs push to: from the service's containers, where those reach the gateway by its name, and from this machine. */
function jobsFor({ where: { gateway, app } }: Around, parts: readonly PlannedPart[]): PushedJobs | undefined {
  if (gateway === undefined) return undefined;
  const configs = parts.find(({ part }) => part === 'prometheus')?.files ?? [];
  const configuration = configs.find(({ path }) => /\.ya?ml$/.test(path))?.path;
  if (gateway.in === 'host') return { gateways: [], configuration };
  const onMachine = { from: 'on this machine', url: gatewayUrl(gateway, { in: 'host' }) };
  const inCompose = { from: "in the service's container", url: gatewayUrl(gateway, runsOf(app)) };
  const isReached = gateway.in === 'overlay' || gateway.service.published.length > 0 || gateway.service.usesHostNetwork;
  return {
    gateways: [...(app.in === 'host' ? [] : [inCompose]), ...(isReached ? [onMachine] : [])],
    configuration,
  };
}
