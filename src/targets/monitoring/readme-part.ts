import { scrapeAnnotations } from '../../monitoring/kubernetes/kubernetes-files.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { readmeFile } from '../../monitoring/readme.js';
import type { Workspace } from '../../plan/workspace.js';
import type { Around, PlannedPart } from './part.js';

const names = ['monitoring/README.md', 'monitoring/METRICS.md'] as const;

/** The text that explains what the other parts have written; under another name where the first one is taken. */
export function plannedReadme(
  monitoring: Monitoring,
  { answers }: Around,
  parts: readonly PlannedPart[],
  workspace: Workspace,
): PlannedPart {
  const path = names.find((name) => !workspace.exists(name)) ?? names[0];
  const hasKubernetes = parts.some(({ part }) => part === 'kubernetes') && !answers.metricsToken;
  const file = readmeFile(monitoring, {
    path,
    files: parts.flatMap(({ files }) => files.map(({ path: file, about }) => ({ path: file, about }))),
    starts: parts.flatMap(({ starts }) => starts),
    renew: 'npx add-prom-metrics dashboard',
    annotations: hasKubernetes ? scrapeAnnotations(monitoring) : undefined,
  });
  return { part: undefined, files: [{ ...file, about: 'this text' }], steps: [], starts: [] };
}
