import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';
import type { InstallRecord } from '../plan/record.js';
import { recordName } from '../plan/record.js';
import { checkAnswers, flags, type GivenAnswers, parseAnswersFile } from '../wizard/given-answers.js';
import { checkLatency } from '../wizard/objective.js';

/** The flags of `add`, as Commander gives them. */
export interface AddFlags {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly check: boolean | 'latest';
  readonly json: boolean;
  readonly install: boolean;
  readonly lockfileOnly: boolean;
  readonly force: boolean;
  readonly strict: boolean;
  /** Run the checklist on the service afterwards. */
  readonly verify: boolean;
  /** Path of the answers file. */
  readonly config: string | undefined;
  /** Answers given as flags. */
  readonly answers: GivenAnswers;
}

/**
 * Reads the flags.
 *
 * @throws UsageError for a value that is not allowed, or flags that contradict one another
 */
export function readAddFlags(options: Readonly<Record<string, unknown>>): AddFlags {
  const given = checkAnswers({ ...options, excludePaths: options['excludePath'] }, (key) => flags[key]);
  refuseContradiction(given);
  const check = options['check'] === 'latest' ? 'latest' : options['check'] === true;
  const on = (name: string) => options[name] === true;
  if (check !== false && on('dryRun'))
    throw new UsageError('--check and --dry-run contradict each other.', 'Leave one out.');
  const alone = ['dryRun', 'check', 'json'].find((name) => options[name] !== undefined && options[name] !== false);
  if (on('verify') && alone !== undefined) {
    const flag = alone === 'dryRun' ? '--dry-run' : `--${alone}`;
    throw new UsageError(
      `--verify and ${flag} do not go together.`,
      'Run add-prom-metrics verify by itself afterwards.',
    );
  }
  return {
    yes: on('yes'),
    dryRun: on('dryRun'),
    check,
    json: on('json'),
    install: options['install'] !== false,
    lockfileOnly: on('lockfileOnly'),
    force: on('force'),
    strict: on('strict'),
    verify: on('verify'),
    config: typeof options['config'] === 'string' ? options['config'] : undefined,
    answers: given,
  };
}

function refuseContradiction(given: GivenAnswers): void {
  const both = given.with?.filter((part) => given.skip?.includes(part)) ?? [];
  if (both.length > 0)
    throw new UsageError(`${both.join(', ')}: --with and --skip contradict each other.`, 'Leave one out.');
  if (given.with?.includes('compose') && given.skip?.includes('prometheus')) {
    throw new UsageError('--with compose starts Prometheus, and --skip leaves it out.', 'Leave one out.');
  }
}

/**
 * The answers that need no question: flags, then the answers file, then those of the earlier run.
 *
 * @throws UsageError when the answers file cannot be read or is wrong
 */
export function gatherAnswers(given: AddFlags, record: InstallRecord | undefined): GivenAnswers {
  const earlier = record === undefined ? {} : checkAnswers(record.answers, (key) => `"${key}" in ${recordName}`);
  const file = given.config === undefined ? {} : parseAnswersFile(readAnswersFile(given.config), given.config);
  const answers = { ...earlier, ...file, ...given.answers };
  refuseUnknownLatency(answers);
  return answers;
}

function refuseUnknownLatency({ sloLatency, buckets }: GivenAnswers): void {
  if (sloLatency === undefined) return;
  try {
    checkLatency(sloLatency, buckets);
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${flags.sloLatency} ${rule}; it is ${sloLatency}.`, 'Or add the bound: --buckets.', {
      cause,
    });
  }
}

function readAnswersFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new UsageError(`The answers file ${path} cannot be read (${code}).`, 'Check the path given with --config.', {
      cause,
    });
  }
}
