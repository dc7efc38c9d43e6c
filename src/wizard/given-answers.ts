import { UsageError } from '../errors.js';
import { type AnswerKey, type Answers, parsers } from './answers.js';

/** Answers that somebody gave, on the command line or in a file; what is missing is asked or takes its default. */
export type GivenAnswers = { readonly [Key in AnswerKey]?: Answers[Key] };

/** How each answer is given on the command line. */
export const flags: { readonly [Key in AnswerKey]: string } = {
  appTag: '--app-tag',
  entry: '--entry',
  workers: '--workers',
  workersFound: '--workers',
  redis: '--redis',
  metricsPath: '--metrics-path',
  client: '--client',
  app: '--app',
  buckets: '--buckets',
  prefix: '--prefix',
  excludePaths: '--exclude-path',
  metricsPort: '--metrics-port',
  port: '--port',
  metricsToken: '--metrics-token',
  slo: '--slo',
  sloLatency: '--slo-latency',
  with: '--with',
  skip: '--skip',
  dockerfile: '--dockerfile',
};

/**
 * Checks raw answers.
 *
 * @param raw values by answer key; undefined ones are left out
 * @param nameOf how an answer is called where it was given ("--workers", `"workers" in answers.json`), for the message
 * @throws UsageError naming the answer, what was given, and what is allowed
 */
export function checkAnswers(raw: Readonly<Record<string, unknown>>, nameOf: (key: AnswerKey) => string): GivenAnswers {
  const given = answerKeys().flatMap((key) => {
    const value = raw[key];
    return value === undefined ? [] : [[key, parseAnswer(key, value, nameOf(key))] as const];
  });
  return Object.fromEntries(given);
}

/**
 * Reads an answers file: a JSON object of answers, or a record of an earlier run with an `answers` object in it.
 *
 * @throws UsageError when it is not that, or has a key or a value that is not known
 */
export function parseAnswersFile(text: string, path: string): GivenAnswers {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path} is not valid JSON: ${reason}`, 'Mend the file, or leave --config out.', { cause });
  }
  const outer = asObject(json, path);
  const answers = outer['answers'] === undefined ? outer : asObject(outer['answers'], path);
  const unknown = Object.keys(answers).filter((key) => !Object.hasOwn(parsers, key));
  if (unknown.length > 0) {
    throw new UsageError(
      `${path} has an unknown answer: ${unknown.join(', ')}.`,
      `Known are ${answerKeys().join(', ')}.`,
    );
  }
  return checkAnswers(answers, (key) => `"${key}" in ${path}`);
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`${path} is not a JSON object of answers.`, `Known are ${answerKeys().join(', ')}.`);
}

function answerKeys(): AnswerKey[] {
  return Object.keys(parsers) as AnswerKey[];
}

function parseAnswer(key: AnswerKey, value: unknown, name: string): unknown {
  try {
    return parsers[key](value);
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    const given = Array.isArray(value) ? value.join(', ') : value;
    throw new UsageError(`${name} ${rule}; it is ${JSON.stringify(given)?.slice(0, 100)}.`, '', { cause });
  }
}
