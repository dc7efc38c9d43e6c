import { AmbiguousAppError, UsageError } from '../errors.js';
import type { Serving } from '../project/workers.js';
import type { BoundTarget, Located } from '../targets/all.js';
import type { Hazard } from '../targets/node/serving/hazards.js';
import type { Detected } from '../targets/target.js';
import type { Answers } from '../wizard/answers.js';
import { askForApp, askQuestions, type Check, type Defaults } from '../wizard/ask.js';
import type { GivenAnswers } from '../wizard/given-answers.js';
import { appTagFrom, resolveAnswers } from '../wizard/resolve.js';
import type { Session } from './session.js';

/** Everything that is settled before the first change is planned. */
export interface Decision {
  readonly answers: Answers;
  readonly located: Located;
  readonly serving: Serving;
  /** What would not survive the number of processes that was asked for. */
  readonly hazards: readonly Hazard[];
}

/**
 * Finds the app, detects the defaults and gets the missing answers: from the user where there is one, else by default.
 *
 * @throws RefusedError when the app cannot be found or told apart
 * @throws UsageError when an answer is wrong, or missing and without a default
 * @throws CancelledError on Ctrl-C
 */
export async function decide(target: BoundTarget, given: GivenAnswers, session: Session): Promise<Decision> {
  refuseOtherClient(target, given);
  const known = session.interactive ? await settleApp(target, given, session) : given;
  const search = (entry: string | undefined) => target.search({ entry, app: known.app });
  const first = session.interactive ? attempt(() => search(known.entry)) : search(known.entry);
  const detected = first?.detected ?? target.detected;
  const defaults = defaultsFrom(detected, first);
  const complete = session.interactive
    ? await askQuestions(known, defaults, checkAgainst(search, target, detected), session.terminal)
    : known;
  const answers = resolveAnswers(complete, defaults, target.installedClient ?? target.clients[0]);
  const located = first?.site.entry === answers.entry ? first : search(answers.entry);
  const { serving } = located.detected;
  const settled = withServing(answers, serving);
  return { answers: settled, located, serving, hazards: located.hazards(settled, serving) };
}

/** A client of another language could not be imported. */
function refuseOtherClient({ clients, title }: BoundTarget, { client }: GivenAnswers): void {
  if (client === undefined || clients.includes(client)) return;
  throw new UsageError(`--client ${client} is not for ${title}.`, `There: ${clients.join(', ')}.`);
}

/** Where several apps could be the one that serves, a person knows which. */
async function settleApp(target: BoundTarget, given: GivenAnswers, session: Session): Promise<GivenAnswers> {
  try {
    target.search({ entry: given.entry, app: given.app });
  } catch (error) {
    if (error instanceof AmbiguousAppError && error.names.length > 1) {
      return { ...given, app: await askForApp(error.names, session.terminal) };
    }
  }
  return given;
}

/** An equal number, now or when the question was settled, leaves the serving to the repository, whatever it becomes. */
function withServing({ workersFound, ...answers }: Answers, serving: Serving): Answers {
  const isAsFound = answers.workers === serving.workers || answers.workers === workersFound;
  return isAsFound ? { ...answers, workersFound: answers.workers } : answers;
}

function attempt(search: () => Located): Located | undefined {
  try {
    return search();
  } catch {
    return undefined; // the wizard asks for the entry, and explains what is wrong with an answer
  }
}

function defaultsFrom(detected: Detected, located: Located | undefined): Defaults {
  const paths = ['/metrics', '/prometheus', '/prometheus/metrics'];
  return {
    appTag: appTagFrom(detected.name),
    entry: located?.site.entry,
    workers: detected.serving.workers,
    redis: detected.redis,
    metricsPath: paths.find((path) => detected.takenRoute(path) === undefined) ?? '/internal/metrics',
  };
}

/** What the repository has to say about an answer, while it is being given. */
function checkAgainst(
  search: (entry: string) => Located,
  { project }: BoundTarget,
  { takenRoute }: Pick<Detected, 'takenRoute'>,
): Check {
  return (key, value) => {
    if (key === 'entry' && typeof value === 'string') {
      if (project.files.read(value) === undefined) throw new UsageError(`There is no file ${value} here.`);
      search(value);
    }
    if (key === 'metricsPath' && typeof value === 'string') {
      const taken = takenRoute(value);
      if (taken) throw new UsageError(`The app already answers ${value} (${taken.path}, line ${taken.line}).`);
    }
  };
}
