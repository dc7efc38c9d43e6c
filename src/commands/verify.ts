import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { allChecks } from '../checks/all.js';
import { CheckError } from '../checks/check.js';
import { BoundedClient, isLoopback, mostRequests } from '../checks/client.js';
import type { ServiceFacts } from '../checks/open-service.js';
import { startService } from '../checks/process/start.js';
import { findProgram } from '../checks/program.js';
import { type Result, runChecks } from '../checks/run-checks.js';
import type { StartedService, VerifyOptions } from '../checks/service.js';
import { CancelledError, UsageError } from '../errors.js';
import { checksDocument, checksMarkdown } from '../report/checks-document.js';
import { checksProgress, type ProgressOutput, silentProgress } from '../report/checks-progress.js';
import { headerText, summaryText } from '../report/checks-report.js';
import { askToConfirm } from '../wizard/ask.js';
import { openTarget } from './open-target.js';
import { readRecord } from './read-record.js';
import type { Session } from './session.js';
import { readVerifyFlags, type VerifyFlags } from './verify-flags.js';
import { findTarget, type VerifyTarget } from './verify-target.js';

/**
 * Measures a running service, or starts one, and says whether its metrics can be trusted.
 *
 * @returns the exit code: 1 when a check failed, else 0
 * @throws UsageError for a wrong flag, or when neither flags nor record say where the service is
 */
export async function verify(
  dir: string,
  options: Readonly<Record<string, unknown>>,
  session: Session,
): Promise<number> {
  const flags = readVerifyFlags(options);
  const workspace = openTarget(dir);
  const record = readRecord(workspace);
  // It loads all parsers, and is seldom asked for.
  const plan = async () => (await import('./planned-service.js')).plannedService(workspace, record, session);
  const target = await findTarget(flags, record, process.env, plan);
  if (flags.report !== undefined) requireFolder(flags.report);
  await askBeforeLoading(target, flags, session);

  const say = flags.json ? () => {} : session.note;
  say(headerText(target.url, target.appUrl, noticesFor(flags), session.paintNote));
  const started = performance.now();
  const { results, sent } = await measure(workspace.root, flags, target, session, say);
  const seconds = (performance.now() - started) / 1000;

  if (flags.json) session.out(checksDocument(results));
  if (flags.report !== undefined) writeReport(flags.report, checksMarkdown(results, target.url));
  say(summaryText(results, sent, seconds, session.paintNote));
  return results.some(({ status }) => status === 'fail') ? 1 : 0;
}

/** How much it sends; and the one check that may take longer than the others together says so first. */
function noticesFor({ prometheus }: VerifyFlags): string[] {
  const bound = `${mostRequests.toLocaleString('en-GB')} requests at most, scrapes included.`;
  if (prometheus !== undefined) {
    return [bound, `rate waits for several scrapes of ${prometheus.href}: up to some minutes.`];
  }
  return findProgram('prometheus') === undefined
    ? [bound]
    : [bound, 'rate starts a Prometheus of its own: about half a minute.'];
}

/** Traffic to another machine is somebody's decision, not a default. */
async function askBeforeLoading(target: VerifyTarget, flags: VerifyFlags, session: Session): Promise<void> {
  const remote = [target.url, target.appUrl].find((url) => !isLoopback(url));
  if (remote === undefined || flags.allowRemote) return;
  if (!session.interactive) {
    throw new UsageError(
      `${remote.host} is not this machine, and the checks send it some thousand requests.`,
      'Give --allow-remote when it may be loaded.',
    );
  }
  const question = `${remote.host} is not this machine. Send it some thousand requests?`;
  if (!(await askToConfirm(question, session.terminal, false))) throw new CancelledError();
}

async function measure(
  root: string,
  flags: VerifyFlags,
  target: VerifyTarget,
  session: Session,
  say: (text: string) => void,
): Promise<{ results: Result[]; sent: number }> {
  const client = new BoundedClient(
    { metrics: target.url, app: target.appUrl },
    process.env['METRICS_TOKEN'],
    session.signal,
  );
  const progress = flags.json ? silentProgress : checksProgress(allChecks, progressOutput(session));
  const started = performance.now();
  const { service, failure } = await start(root, target, session, say);
  const startSeconds = (performance.now() - started) / 1000;
  let keepsLog = false;
  try {
    const facts: ServiceFacts = {
      url: target.url,
      options: optionsOf(root, flags, target),
      hints: { counter: flags.counter, histogram: flags.histogram, prefix: target.prefix },
      local: isLoopback(target.url),
      started: service,
      startSeconds,
      failure,
    };
    const results = await runChecks(allChecks, facts, client, progress, session.signal);
    keepsLog = service !== undefined && namesLog(results, service.log, flags, session);
    return { results, sent: client.sent };
  } finally {
    progress.close();
    await end(service, session);
    if (!keepsLog) service?.removeLog();
  }
}

/** What was measured is worth more than a good end: that there was none is said beside it. */
async function end(service: StartedService | undefined, { note, paintNote }: Session): Promise<void> {
  try {
    await service?.stop();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    note(paintNote('yellow', `\nThe service could not be ended: ${why}`));
  }
}

/** Whether somebody is told where the service's log is, who may want it: a log that nobody knows of is litter. */
function namesLog(results: readonly Result[], log: string, { json }: VerifyFlags, { note }: Session): boolean {
  if (results.some(({ hint }) => hint.includes(log))) return true;
  if (json || !results.some(({ status }) => status === 'fail')) return false;
  note(`\nWhat the service printed: ${log}`);
  return true;
}

function progressOutput({ note, paintNote, terminal: { output } }: Session): ProgressOutput {
  const terminal = output !== undefined && 'isTTY' in output && output.isTTY === true ? output : undefined;
  return { note, paint: paintNote, terminal };
}

/** Starts the service when that is asked for. One that does not come up is what the checks report, not an error of ours. */
async function start(
  root: string,
  { url, appUrl, startCommand }: VerifyTarget,
  { signal }: Session,
  say: (text: string) => void,
): Promise<{ service: StartedService | undefined; failure: CheckError | undefined }> {
  if (startCommand === undefined) return { service: undefined, failure: undefined };
  say(`Starting: ${startCommand}`);
  try {
    return { service: await startService(startCommand, { cwd: root, url, appUrl, signal }), failure: undefined };
  } catch (error) {
    if (error instanceof CheckError) return { service: undefined, failure: error };
    throw error;
  }
}

function optionsOf(dir: string, flags: VerifyFlags, target: VerifyTarget): VerifyOptions {
  return {
    requests: flags.requests,
    targetPath: flags.targetPath,
    slowPath: flags.slowPath,
    errorPath: flags.errorPath,
    killWorker: flags.killWorker,
    prometheus: flags.prometheus?.href,
    scrapeIntervalSeconds: flags.scrapeInterval,
    workers: target.workers,
    redis: target.redis,
    dir,
  };
}

/** Said before a minute of checks, not after it. */
function requireFolder(path: string): void {
  if (existsSync(dirname(path))) return;
  throw new UsageError(`The report ${path} cannot be written: there is no such folder.`, 'Give --report another path.');
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new UsageError(`The report ${path} cannot be written (${code}).`, 'Give --report another path.', { cause });
  }
}
