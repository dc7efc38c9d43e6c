import { accepts } from '../checks/process/port.js';
import { UsageError } from '../errors.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import { checkAnswers, type GivenAnswers } from '../wizard/given-answers.js';
import type { PlannedService } from './planned-service.js';
import type { VerifyFlags } from './verify-flags.js';

/** Where the service is, and what the record knows of it. */
export interface VerifyTarget {
  readonly url: URL;
  /** Where the service itself answers; the same origin, unless its metrics are on a port of their own. */
  readonly appUrl: URL;
  readonly workers: number | undefined;
  readonly redis: boolean;
  /** Undefined without a record. */
  readonly prefix: string | undefined;
  /** What to start; undefined for a service that runs already. */
  readonly startCommand: string | undefined;
}

/** Asks the repository what `add` found there; it takes a second. */
type AskPlan = () => Promise<PlannedService | undefined>;

/**
 * Finds the addresses: flags, then PORT, the record, and the place in the repository that says where it listens. Without
 * `--url` a service that does not run is started by the command that `add` names.
 *
 * @param plan what `add` knows of the repository
 * @throws UsageError naming the flag that is missing
 */
export async function findTarget(
  flags: VerifyFlags,
  record: InstallRecord | undefined,
  env: Readonly<Record<string, string | undefined>>,
  plan: AskPlan,
): Promise<VerifyTarget> {
  const answers = record === undefined ? undefined : checkAnswers(record.answers, (key) => `"${key}" in ${recordName}`);
  const port = async () => portOf(env['PORT']) ?? answers?.port ?? (await plan())?.port;
  const url = flags.url ?? (await recordedUrl(answers, port));
  const onOwnPort = answers?.metricsPort !== undefined && String(answers.metricsPort) === url.port;
  const appUrl = flags.appUrl ?? (onOwnPort ? await besides(url, port) : new URL('/', url));
  const isRunning = flags.url !== undefined || (await accepts(appUrl));
  return {
    url,
    appUrl,
    workers: flags.workers ?? answers?.workers,
    redis: answers?.redis ?? false,
    prefix: answers === undefined ? undefined : (answers.prefix ?? ''),
    startCommand: flags.start ?? (isRunning ? undefined : (await plan())?.startCommand),
  };
}

type AskPort = () => Promise<number | undefined>;

async function recordedUrl(answers: GivenAnswers | undefined, port: AskPort): Promise<URL> {
  if (answers === undefined) {
    throw new UsageError(
      `There is no ${recordName} here that says where the metrics are.`,
      'Give their address: --url http://127.0.0.1:3000/metrics',
    );
  }
  const path = answers.metricsPath ?? '/metrics';
  const known = answers.metricsPort ?? (await port());
  if (known === undefined) {
    throw new UsageError(
      'The port of the service is not known.',
      `Set PORT, or give the address of the metrics: --url http://127.0.0.1:3000${path}`,
    );
  }
  return new URL(`http://127.0.0.1:${known}${path}`);
}

/** The service beside metrics that are on a port of their own. */
async function besides(url: URL, port: AskPort): Promise<URL> {
  const known = await port();
  if (known === undefined) {
    throw new UsageError(
      `The metrics are on a port of their own (${url.port}); the port of the service is not known.`,
      'Set PORT, or give the address of the service: --app-url http://127.0.0.1:3000',
    );
  }
  const app = new URL('/', url);
  app.port = String(known);
  return app;
}

function portOf(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const port = /^\d+$/.test(value) ? Number(value) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`PORT must be a whole number from 1 to 65535; it is ${JSON.stringify(value).slice(0, 100)}.`);
}
