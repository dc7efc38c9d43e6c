import { CancelledError, CommandError } from '../errors.js';
import { type AnswerKey, parsers } from './answers.js';
import type { GivenAnswers } from './given-answers.js';

/** What the questions offer, detected from the repository; undefined where nothing was found. */
export interface Defaults {
  readonly appTag: string | undefined;
  readonly entry: string | undefined;
  readonly workers: number;
  readonly redis: boolean;
  readonly metricsPath: string;
}

/** Where the questions appear; a test hands in its own streams. */
export interface Terminal {
  readonly input?: NodeJS.ReadableStream;
  readonly output?: NodeJS.WritableStream;
  readonly signal?: AbortSignal;
}

/** Further checks of an answer against the repository: throws an Error with the reason when it does not hold. */
export type Check = (key: AnswerKey, value: unknown) => void;

/**
 * Asks those of the five questions that have no answer yet. A wrong answer is explained and asked again.
 *
 * @throws CancelledError on Ctrl-C
 */
export async function askQuestions(
  given: GivenAnswers,
  defaults: Defaults,
  check: Check,
  terminal: Terminal,
): Promise<GivenAnswers> {
  const { input, confirm } = await import('@inquirer/prompts');
  const context = terminal as Parameters<typeof input>[1];
  const text = async (key: 'appTag' | 'entry' | 'workers' | 'metricsPath', message: string, preset?: string) =>
    parsers[key](
      await input(
        {
          message,
          validate: (value) => explain(key, value, check),
          ...(preset === undefined ? {} : { default: preset }),
        },
        context,
      ),
    );
  const answers: Record<string, unknown> = { ...given };
  try {
    answers['appTag'] ??= await text(
      'appTag',
      'Application tag (the "application" label of every series):',
      defaults.appTag,
    );
    answers['entry'] ??= await text('entry', 'Entry file (where the app object is created):', defaults.entry);
    answers['workers'] ??= await text('workers', 'Number of worker processes:', String(defaults.workers));
    answers['redis'] ??= await confirm(
      { message: 'Is Redis available to the service?', default: defaults.redis },
      context,
    );
    answers['metricsPath'] ??= await text('metricsPath', 'Scrape path:', defaults.metricsPath);
  } catch (error) {
    throw asCancelled(error);
  }
  return answers;
}

/**
 * A yes-or-no question.
 *
 * @param preset the answer that Enter gives
 * @throws CancelledError on Ctrl-C
 */
export async function askToConfirm(message: string, terminal: Terminal, preset = true): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts');
  try {
    return await confirm({ message, default: preset }, terminal as Parameters<typeof confirm>[1]);
  } catch (error) {
    throw asCancelled(error);
  }
}

/**
 * Which of several apps serves.
 *
 * @param names the variables that hold them
 * @throws CancelledError on Ctrl-C
 */
export async function askForApp(names: readonly string[], terminal: Terminal): Promise<string> {
  const { select } = await import('@inquirer/prompts');
  try {
    const choices = names.map((name) => ({ value: name }));
    return await select({ message: 'Which app serves?', choices }, terminal as Parameters<typeof select>[1]);
  } catch (error) {
    throw asCancelled(error);
  }
}

/** Inquirer's own convention: true, or the sentence to show below the question. */
function explain(key: 'appTag' | 'entry' | 'workers' | 'metricsPath', value: string, check: Check): true | string {
  try {
    check(key, parsers[key](value));
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason.startsWith('must')) return `It ${reason}.`;
    return error instanceof CommandError && error.hint !== '' ? `${reason} ${error.hint}` : reason;
  }
}

function asCancelled(error: unknown): unknown {
  const closed = error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name);
  return closed ? new CancelledError() : error;
}
