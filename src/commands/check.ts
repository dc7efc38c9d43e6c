import { isDeepStrictEqual } from 'node:util';
import { RefusedError } from '../errors.js';
import { toolVersion } from '../package-files.js';
import { checkRecord, type Deviation } from '../plan/check-record.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import type { Workspace } from '../plan/workspace.js';
import { documentOf } from '../report/document.js';
import { manualSteps } from '../report/summary.js';
import type { AddFlags } from './add-flags.js';
import { changesElsewhere, type Planned } from './plan-metrics.js';
import { reportPlanned, reportUnchanged } from './report-add.js';
import type { Session } from './session.js';

/**
 * `--check`: whether a run would have to change something. What only a newer version of the tool would write
 * differently counts with `--check=latest`.
 *
 * @param makePlan plans the run that is not to be
 * @returns the exit code
 * @throws RefusedError when a run would be refused, and the record does not tell why
 */
export async function check(
  flags: AddFlags,
  session: Session,
  workspace: Workspace,
  record: InstallRecord | undefined,
  makePlan: () => Promise<Planned>,
): Promise<number> {
  const found = record === undefined ? [] : checkRecord(record, workspace);
  for (const { path, reason } of found) session.note(`${path} ${reason}`);
  let planned: Planned;
  try {
    planned = await makePlan();
  } catch (error) {
    // An edited sealed file stops a run; here it is what was asked for.
    if (found.length > 0 && error instanceof RefusedError) return reportDeviations(flags, session, found, error);
    throw error;
  }
  const { plan, answers } = planned;
  const isAsAnswered =
    record !== undefined && found.length === 0 && isDeepStrictEqual({ ...record.answers }, { ...answers });
  const renewal = record === undefined || flags.check === 'latest' ? undefined : renewalOf(record, planned);
  if (renewal !== undefined) session.note(renewal);
  if (renewal !== undefined && isAsAnswered) return reportUnchanged(flags, session);
  if (plan.changes.length === 0 && found.length === 0) return reportUnchanged(flags, session);
  reportPlanned(flags, session, plan);
  return 1;
}

/** What could be renewed, and is no fault: of an older version, or from metrics that the code has declared since. */
function renewalOf({ tool }: InstallRecord, planned: Planned): string | undefined {
  if (tool !== toolVersion()) {
    return `${recordName} is of version ${tool}, this is ${toolVersion()}: run add-prom-metrics to renew it.`;
  }
  if (planned.plan.changes.length === 0 || changesElsewhere(planned).length > 0) return undefined;
  return 'What is in monitoring is not made from the code as it is now: run add-prom-metrics dashboard to renew it.';
}

function reportDeviations(
  flags: AddFlags,
  session: Session,
  found: readonly Deviation[],
  { message, hint, manual }: RefusedError,
): number {
  const steps = manual.length > 0 ? manual : found.map((deviation) => ({ ...deviation, snippet: '' }));
  if (flags.json) session.out(documentOf({ ...session.known, status: 'planned', manual: steps }));
  else session.note(`${message}\n${hint}${manual.length > 0 ? `\n${manualSteps(manual, session.paintNote)}` : ''}`);
  return 1;
}
