import type { Check, Finding } from './check.js';
import { countOf, samplesOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass, warn } from './finding.js';
import { type LoadResult, requireAnswers, sendAll, settled, statusesText } from './load.js';
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
    requireAnswers(await sendAll(service, [{ path }]));
    await service.pause(300);
    const before = await service.scrape();
    const load = await sendAll(
      service,
      Array.from({ length: requests }, () => ({ path })),
    );
    requireAnswers(load);
    const after = await settled(
      service,
      (exposition) => service.ownTotal(exposition),
      service.ownTotal(before) + requests,
    );
    const exceptions = service.metrics.exceptions ?? exceptionsIn(after);
    const thrown = exceptions === undefined ? undefined : sumOf(after, exceptions) - sumOf(before, exceptions);
    const measured = `${countOf(load.sent, 'request')} to ${path} (${statusesText(load)})`;
    return wrongStatus(service, load, before, after, measured) ?? wrongExceptions(exceptions, load, thrown, measured);
  },
};

function wrongStatus(
  { metrics: { counter, statusLabel } }: Service,
  load: LoadResult,
  before: Exposition,
  after: Exposition,
  measured: string,
): Finding | undefined {
  if (statusLabel === undefined) {
    return fail(
      `${measured}: ${counter} has no label for the status`,
      'No error ratio can be asked for: there is nothing to tell a 500 by. Add the status as a label.',
    );
  }
  for (const [status, times] of load.statuses) {
    const count = (exposition: Exposition) =>
      samplesOf(exposition, counter)
        .filter(({ labels }) => isStatus(labels[statusLabel] ?? '', status))
        .reduce((sum, { value }) => sum + value, 0);
    const rise = count(after) - count(before);
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
