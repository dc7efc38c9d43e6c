import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { allChecks } from '../../../src/checks/all.js';
import type { Check, CheckError, Status } from '../../../src/checks/check.js';
import { BoundedClient } from '../../../src/checks/client.js';
import type { MetricHints } from '../../../src/checks/request-metrics.js';
import { type Result, runChecks } from '../../../src/checks/run-checks.js';
import type { StartedService, VerifyOptions } from '../../../src/checks/service.js';
import { type RunningApp, startApp } from '../../support/running-app.js';

/** The small services of fixtures/checks/served. */
export const servedFolder = fileURLToPath(new URL('../../../fixtures/checks/served', import.meta.url));

export interface MeasureOptions extends Partial<VerifyOptions> {
  readonly hints?: Partial<MetricHints>;
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** Whether the service is taken for one of this machine. */
  readonly local?: boolean;
  /** Only these checks. */
  readonly only?: readonly string[];
  /** Checks instead of ours. */
  readonly checks?: readonly Check[];
  /** How long it took to start. */
  readonly startSeconds?: number;
  /** Default: /metrics on that port of 127.0.0.1. */
  readonly url?: URL;
  /** Where the service is; default: the origin of its metrics. */
  readonly appUrl?: URL;
  readonly started?: StartedService;
  /** Why it could not be started. */
  readonly failure?: CheckError;
}

const defaults: VerifyOptions = {
  requests: 100,
  targetPath: '/items/{id}',
  slowPath: '/slow',
  errorPath: '/broken',
  killWorker: false,
  prometheus: undefined,
  scrapeIntervalSeconds: 15,
  workers: undefined,
  redis: false,
  dir: path.join(servedFolder, 'sound'),
};

/** Starts one of them on a free port. */
export function startServed(
  file: string,
  env: Readonly<Record<string, string>> = {},
  ...args: string[]
): Promise<RunningApp> {
  return startApp({ command: ['node', file, ...args], cwd: servedFolder, env });
}

/** Runs the checklist on a port of this machine. */
export async function measure(port: number, given: MeasureOptions = {}): Promise<Result[]> {
  const {
    hints,
    token,
    signal = new AbortController().signal,
    local = true,
    only,
    startSeconds = 0,
    checks = allChecks,
    url = new URL(`http://127.0.0.1:${port}/metrics`),
    appUrl = new URL('/', url),
    started,
    failure,
    ...options
  } = given;
  const client = new BoundedClient({ metrics: url, app: appUrl }, token, signal);
  const facts = {
    url,
    options: { ...defaults, ...options },
    hints: { counter: undefined, histogram: undefined, prefix: undefined, ...hints },
    local,
    started,
    failure,
    startSeconds,
  };
  const silent = { watching() {}, found() {}, began() {}, ended() {} };
  const chosen = checks.filter(({ id }) => only === undefined || only.includes(id));
  return runChecks(chosen, facts, client, silent, signal);
}

/** The ids of the checks with a status, in their order. */
export function idsOf(results: readonly Result[], status: Status): string[] {
  return results.filter((result) => result.status === status).map(({ id }) => id);
}

/** What was measured by a check, with its hint. */
export function saidBy(results: readonly Result[], id: string): string {
  const result = results.find((one) => one.id === id);
  return result === undefined ? '' : `${result.status}: ${result.measured} → ${result.hint}`;
}

/** All of it, for the message of a failed assertion. */
export function textOf(results: readonly Result[]): string {
  return results.map(({ id, status, measured }) => `${status} ${id}: ${measured}`).join('\n');
}
