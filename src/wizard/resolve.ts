import { UsageError } from '../errors.js';
import type { Client } from '../project/clients.js';
import { type AnswerKey, type Answers, parsers } from './answers.js';
import type { Defaults } from './ask.js';
import { flags, type GivenAnswers } from './given-answers.js';

/**
 * The answers of a run: what was given, and the defaults for the rest.
 *
 * @throws UsageError naming the flag when one is missing and has no default
 */
export function resolveAnswers(given: GivenAnswers, defaults: Defaults, client: Client): Answers {
  const { appTag, entry, workers, redis, metricsPath, client: chosen, ...options } = given;
  return {
    appTag: appTag ?? required('appTag', defaults.appTag, 'package.json has no name to take it from'),
    entry: entry ?? required('entry', defaults.entry, 'none was found'),
    workers: workers ?? defaults.workers,
    redis: redis ?? defaults.redis,
    metricsPath: metricsPath ?? defaults.metricsPath,
    client: chosen ?? client,
    ...options,
  };
}

/**
 * A package's name made to fit an application tag: without scope, in lower case, other characters as dashes.
 *
 * @returns undefined when nothing fitting is left
 */
export function appTagFrom(packageName: string | undefined): string | undefined {
  const fitted = (packageName ?? '')
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  try {
    return parsers.appTag(fitted);
  } catch {
    return undefined;
  }
}

/**
 * The command that repeats a run without questions, as words.
 *
 * @param dir the target as it was given
 */
export function repeatingCommand(answers: Answers, dir: string): string[] {
  const { redis, metricsToken, excludePaths, workersFound: _, ...rest } = answers;
  const words = Object.entries(rest).flatMap(([key, value]) =>
    value === undefined ? [] : [flags[key as AnswerKey], String(value)],
  );
  // With "=": a pattern may begin with a dash.
  const patterns = (excludePaths ?? []).map((pattern) => `${flags.excludePaths}=${pattern}`);
  const target = dir === '.' ? [] : [dir];
  return [
    'npx',
    'add-prom-metrics',
    'add',
    ...target,
    '--yes',
    ...words,
    redis ? '--redis' : '--no-redis',
    ...(metricsToken === undefined ? [] : [metricsToken ? '--metrics-token' : '--no-metrics-token']),
    ...patterns,
  ];
}

function required(key: 'appTag' | 'entry', value: string | undefined, reason: string): string {
  if (value !== undefined) return value;
  throw new UsageError(
    `${flags[key]} is missing, and ${reason}.`,
    `Give it: add-prom-metrics add ${flags[key]} <value>.`,
  );
}
