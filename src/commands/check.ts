import { isDeepStrictEqual } from 'node:util';
import { RefusedError } from '../errors.js';
import { toolVersion } from '../package-files.js';
import { checkRecord, type Deviation } from '../plan/check-record.js';
import type { Plan } from '../plan/plan.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import type { Workspace } from '../plan/workspace.js';
import { documentOf } from '../report/document.js';
import { manualSteps } from '../report/summary.js';
import type { Answers } from '../wizard/answers.js';
import type { AddFlags } from './add-flags.js';
import { reportPlanned, reportUnchanged } from './report-add.js';
import type { Session } from './session.js';

/** What a run would do. */
interface Planned {
  readonly plan: Plan;
  readonly answers: Answers;
}

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
  if (record !== undefined && record.tool !== toolVersion() && flags.check !== 'latest') {
    session.note(
      `${recordName} is of version ${record.tool}, this is ${toolVersion()}: run add-prom-metrics to renew it.`,
    );
    if (isDeepStrictEqual({ ...record.answers }, { ...answers }) && found.length === 0) {
      return reportUnchanged(flags, session);
    }
  }
  if (plan.changes.length === 0 && found.length === 0) return reportUnchanged(flags, session);
  reportPlanned(flags, session, plan);
  return 1;
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
