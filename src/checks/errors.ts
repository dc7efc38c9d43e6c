import type { Check, Finding } from './check.js';
import { countOf, samplesOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass, skip, warn } from './finding.js';
import { inFrontHint } from './in-front.js';
import { atRest, type LoadResult, requireAnswers, sendAll, settled, statusesText } from './load.js';
import { requireOneView } from './one-view.js';
import { exceptionsIn } from './request-metrics.js';
import type { Service } from './service.js';

const requests = 20;

export const errors: Check = {
  id: 'errors',
  title: 'Errors are counted as the client saw them',
  expected: 'each request with the status that was answered; 5xx as exceptions, below not',
  needsRest: true,
  disturbs: false,
  cannotRun: ({ options }) =>
    options.errorPath === undefined ? 'it needs a path that ends in an error: --error-path <path>' : undefined,
  async run(service) {
    requireOneView(service);
    const path = service.options.errorPath ?? '/';
    // The first one makes the series.
    const first = await sendAll(service, [{ path }]);
    requireAnswers(first);
    const before = await atRest(service, (exposition) => countedWith(service, exposition, [...first.statuses.keys()]));
    const load = await sendAll(
      service,
      Array.from({ length: requests }, () => ({ path })),
    );
    requireAnswers(load);
    if ([...load.statuses.keys()].every((status) => status < 400)) {
      return skip(`${path} ends in no error (${statusesText(load)}): give --error-path a path that does`);
    }
    const count = (exposition: Exposition) => countedWith(service, exposition, [...load.statuses.keys()]);
    const after = await settled(service, count, count(before) + load.sent - load.failures.length);
    const exceptions = service.metrics.exceptions ?? exceptionsIn(after);
    const thrown = exceptions === undefined ? undefined : sumOf(after, exceptions) - sumOf(before, exceptions);
    const measured = `${countOf(load.sent, 'request')} to ${path} (${statusesText(load)})`;
    return wrongStatus(service, load, before, after, measured) ?? wrongExceptions(exceptions, load, thrown, measured);
  },
};

/** The requests that were counted with one of these statuses; all where there is no label for it. */
function countedWith(
  { metrics: { counter, statusLabel } }: Service,
  exposition: Exposition,
  statuses: readonly number[],
): number {
  const isOne = (label: string) => statuses.some((status) => isStatus(label, status));
  return samplesOf(exposition, counter)
    .filter(({ labels }) => statusLabel === undefined || isOne(labels[statusLabel] ?? ''))
    .reduce((sum, { value }) => sum + value, 0);
}

function wrongStatus(
  service: Service,
  load: LoadResult,
  before: Exposition,
  after: Exposition,
  measured: string,
): Finding | undefined {
  const { counter, statusLabel } = service.metrics;
  if (statusLabel === undefined) {
    return fail(
      `${measured}: ${counter} has no label for the status`,
      'No error ratio can be asked for: there is nothing to tell a 500 by. Add the status as a label.',
    );
  }
  const known = samplesOf(after, counter).map(({ labels }) => labels[statusLabel] ?? '');
  for (const status of load.statuses.keys()) {
    // Where the label is the class, all statuses of it are one.
    const labels = new Set(known.filter((label) => isStatus(label, status)));
    const same = [...load.statuses].filter(([other]) => [...labels].some((label) => isStatus(label, other)));
    const times = same.reduce((sum, [, number]) => sum + number, 0) || (load.statuses.get(status) ?? 0);
    const rise = countedWith(service, after, [status]) - countedWith(service, before, [status]);
    if (status === 429 && rise === 0) {
      return warn(
        `${measured}: ${counter}{${statusLabel}="${status}"} +0: a limiter answered in front of what counts`,
        inFrontHint,
      );
    }
    if (rise !== times) {
      return fail(
        `${measured}: ${counter}{${statusLabel}="${status}"} +${rise}`,
        rise < times
          ? 'Errors are missing, or counted with another status: the error ratio is too low, and the alert stays silent. The status is read before the error handler sets it, or the error skips the middleware: read it when the response closes.'
          : 'Errors are counted more than once: the error ratio is too high. Count in one place, when the response closes.',
      );
    }
  }
  return undefined;
}

/** Some write the class only. */
function isStatus(label: string, status: number): boolean {
  return label === String(status) || label.toLowerCase() === `${String(status)[0]}xx`;
}

function wrongExceptions(
  exceptions: string | undefined,
  load: LoadResult,
  thrown: number | undefined,
  measured: string,
): Finding {
  const failed = [...load.statuses].reduce((sum, [status, times]) => (status >= 500 ? sum + times : sum), 0);
  if (exceptions === undefined || thrown === undefined)
    return pass(`${measured}, all counted; there is no counter of exceptions`);
  const figures = `${measured}: ${exceptions} +${thrown}`;
  if (thrown === failed) return pass(figures);
  if (thrown > failed) {
    return fail(
      figures,
      'What the client saw as its own mistake (below 500) counts as an exception of the service, or one counts twice: alerts on exceptions ring for nothing. Count only what is answered with 5xx.',
    );
  }
  if (thrown === 0) {
    return warn(
      `${figures}, of ${failed} answered with 5xx`,
      'Right, if that path answers 5xx by itself without an error being thrown. Otherwise an error handler in the app swallows the errors before the metrics see them.',
    );
  }
  return fail(
    figures,
    `Of ${failed} requests that ended in 5xx only some count as exceptions: see who handles the others.`,
  );
}
