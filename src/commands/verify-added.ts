import { freePort } from '../checks/process/port.js';
import { CancelledError } from '../errors.js';
import type { Answers } from '../wizard/answers.js';
import { askToConfirm } from '../wizard/ask.js';
import type { AddFlags } from './add-flags.js';
import type { Planned } from './plan-metrics.js';
import type { Session } from './session.js';
import { verify } from './verify.js';

/**
 * The proof at the end of `add`: starts the service with its new metrics on a free port and runs the checklist. Only when
 * `--verify` asks for it, or the person does, who is asked where the metrics can work already.
 *
 * @param dir the target, as it was named on the command line
 * @returns the exit code: 1 when a check failed, 130 on Ctrl-C, which leaves what was written; 0 otherwise
 * @throws CommandError as `verify`
 */
export async function verifyAdded(
  dir: string,
  { plan, answers, startCommand }: Planned,
  flags: AddFlags,
  session: Session,
): Promise<number> {
  try {
    const canWork = flags.install && !flags.lockfileOnly && plan.manual.length === 0 && plan.changes.length > 0;
    if (!flags.verify && !(session.interactive && canWork && (await isWanted(startCommand, session)))) return 0;
    session.note(`\n${session.paintNote('bold', 'The checklist')}`);
    return await verify(dir, await optionsFor(answers, startCommand), session);
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    session.note('Stopped. The changes are written, and stay.');
    return error.exitCode;
  }
}

function isWanted(startCommand: string, { terminal }: Session): Promise<boolean> {
  const question = `Start the service now (${startCommand}), and check its metrics for about a minute?`;
  // It may do more than serve when it starts: that is not for Enter to decide.
  return askToConfirm(question, terminal, false);
}

/** The options of `verify`. */
async function optionsFor(answers: Answers, startCommand: string): Promise<Readonly<Record<string, unknown>>> {
  const { metricsPort, metricsPath, workers } = answers;
  const app = `http://127.0.0.1:${await freePort()}`;
  // Told in METRICS_PORT: the one that was chosen may be taken by the service that runs.
  const metrics = metricsPort === undefined ? app : `http://127.0.0.1:${await freePort()}`;
  const addresses = { url: `${metrics}${metricsPath}`, ...(metricsPort === undefined ? {} : { appUrl: app }) };
  return { ...addresses, start: startCommand, killWorker: workers > 1 };
}
