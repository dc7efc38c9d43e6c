import { shellLine } from '../command.js';
import type { Plan } from '../plan/plan.js';
import { recordName } from '../plan/record.js';
import { documentOf } from '../report/document.js';
import { paintPatch, patchOf } from '../report/patch.js';
import { changedFiles, checklistText, manualSteps } from '../report/summary.js';
import type { Answers } from '../wizard/answers.js';
import { repeatingCommand } from '../wizard/resolve.js';
import type { AddFlags } from './add-flags.js';
import { hazardLines, ownMetricLines } from './facts.js';
import type { Session } from './session.js';

const unshownTitle = 'Metrics of your own that the dashboard does not show';
const hazardTitle = 'Look at these before the service runs in several processes';

type Flags = Pick<AddFlags, 'json' | 'dryRun' | 'check'>;

/** Nothing to do. */
export function reportUnchanged(flags: Flags, session: Session): number {
  if (flags.json) session.out(documentOf({ ...session.known, status: 'unchanged' }));
  else session.note('Nothing to do: the metrics are in place, and nothing would change.');
  return 0;
}

/**
 * The end of a run that writes nothing: the diff.
 *
 * @param below the target's path in its git repository; git apply needs it, because the diff's paths are the target's
 */
export function reportPlanned(flags: Flags, session: Session, plan: Plan, below = ''): number {
  if (flags.json) {
    session.out(documentOf({ ...session.known, status: 'planned' }));
    return 0;
  }
  session.out(paintPatch(patchOf(plan.changes), session.paintOut));
  if (plan.manual.length > 0) session.note(`\nLeft to do by hand:\n${manualSteps(plan.manual, session.paintNote)}`);
  const hazards = hazardLines(session.known.facts);
  if (hazards !== '') session.note(`\n${hazardTitle}:\n${hazards}`);
  const unshown = ownMetricLines(session.known.facts);
  if (unshown !== '') session.note(`\n${unshownTitle}:\n${unshown}`);
  const files = plan.changes.length === 1 ? '1 file' : `${plan.changes.length} files`;
  session.note(flags.dryRun ? `${files} would change; nothing was written.` : `${files} would have to change.`);
  if (below !== '') session.note(`To apply the diff: ${shellLine(['git', 'apply', `--directory=${below}`])}`);
  return 0;
}

/** The end of a run that wrote nothing but monitoring. */
export function reportRenewed(flags: Flags, session: Session, plan: Plan): number {
  if (flags.json) {
    session.out(documentOf({ ...session.known, status: 'applied' }));
    return 0;
  }
  session.note(`\n${session.paintNote('bold', 'Done.')}\n${changedFiles(plan.changes, session.paintNote)}`);
  const unshown = ownMetricLines(session.known.facts);
  if (unshown !== '') session.note(`\n${session.paintNote('bold', unshownTitle)}\n${unshown}`);
  return 0;
}

/** The end of a run that wrote: what changed, what is left, how to check it, and how to repeat it. */
export function reportApplied(flags: Flags, session: Session, plan: Plan, answers: Answers, dir: string): number {
  if (flags.json) {
    session.out(documentOf({ ...session.known, status: 'applied' }));
    return 0;
  }
  const { paintNote: paint } = session;
  const bold = (title: string) => `\n${paint('bold', title)}`;
  session.note(`${bold('Done.')}\n${changedFiles(plan.changes, paint)}`);
  if (plan.manual.length > 0) session.note(`${bold('Left to do by hand')}\n${manualSteps(plan.manual, paint)}`);
  const hazards = hazardLines(session.known.facts);
  if (hazards !== '') session.note(`${bold(hazardTitle)}\n${hazards}`);
  const unshown = ownMetricLines(session.known.facts);
  if (unshown !== '') session.note(`${bold(unshownTitle)}\n${unshown}`);
  session.note(`${bold('Who can read the metrics')}\n${exposure(answers)}`);
  session.note(`${bold('Check it')}\n${checklistText(session.known.checklist ?? [], paint)}`);
  session.note(`${bold('Repeat it without questions')}\n  ${shellLine(repeatingCommand(answers, dir))}`);
  const back = shellLine(['npx', 'add-prom-metrics', 'remove', ...(dir === '.' ? [] : [dir])]);
  session.note(`${bold('Take it back')}\n  ${back}\n\nCommit ${recordName} with the rest.`);
  return 0;
}

function exposure({ metricsPath, metricsPort }: Answers): string {
  const where = metricsPort === undefined ? metricsPath : `${metricsPath} on port ${metricsPort}`;
  return (
    `  ${where} answers before limiters, sessions and authentication, so that Prometheus always reaches it: it is open to\n` +
    '  whoever reaches the port. To protect it, set METRICS_TOKEN in the service and give Prometheus the same bearer token,\n' +
    '  or keep the path from the outside at your proxy.'
  );
}
