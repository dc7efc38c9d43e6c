import { UsageError } from '../errors.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import { checkAnswers, type GivenAnswers } from '../wizard/given-answers.js';
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
}

/**
 * Finds the addresses: flags, then the record and the PORT variable.
 *
 * @throws UsageError naming the flag that is missing
 */
export function findTarget(
  flags: VerifyFlags,
  record: InstallRecord | undefined,
  env: Readonly<Record<string, string | undefined>>,
): VerifyTarget {
  const answers = record === undefined ? undefined : checkAnswers(record.answers, (key) => `"${key}" in ${recordName}`);
  const port = () => portOf(env['PORT']);
  const url = flags.url ?? recordedUrl(answers, port);
  const onOwnPort = answers?.metricsPort !== undefined && String(answers.metricsPort) === url.port;
  return {
    url,
    appUrl: flags.appUrl ?? (onOwnPort ? besides(url, port) : url),
    workers: flags.workers ?? answers?.workers,
    redis: answers?.redis ?? false,
    prefix: answers === undefined ? undefined : (answers.prefix ?? ''),
  };
}

function recordedUrl(answers: GivenAnswers | undefined, port: () => number | undefined): URL {
  if (answers === undefined) {
    throw new UsageError(
      `There is no ${recordName} here that says where the metrics are.`,
      'Give their address: --url http://127.0.0.1:3000/metrics',
    );
  }
  const path = answers.metricsPath ?? '/metrics';
  const known = answers.metricsPort ?? port();
  if (known === undefined) {
    throw new UsageError(
      'The port of the service is not known.',
      `Set PORT, or give the address of the metrics: --url http://127.0.0.1:3000${path}`,
    );
  }
  return new URL(`http://127.0.0.1:${known}${path}`);
}

/** The service beside metrics that are on a port of their own. */
function besides(url: URL, port: () => number | undefined): URL {
  const known = port();
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
