import type { Answers } from '../wizard/answers.js';

/** One thing to try on the running service. */
export interface ChecklistItem {
  readonly id: string;
  readonly title: string;
  /** Can be pasted into a shell. */
  readonly command: string;
}

/**
 * What to run, and what to expect, once the service is up. The ids are those of the executable checklist.
 *
 * @param port where the app listens, as far as it is known; otherwise a variable stands in the commands
 */
export function checklistFor(answers: Answers, startCommand: string): ChecklistItem[] {
  const base = `http://localhost:${answers.metricsPort ?? '$PORT'}`;
  const url = `${base}${answers.metricsPath}`;
  const total = `${answers.prefix ?? ''}http_requests_total`;
  return [
    { id: 'start', title: 'Start the service, and set PORT to where it listens', command: startCommand },
    {
      id: 'exposed',
      title: 'The endpoint answers 200 with a Content-Type that Prometheus accepts',
      command: `curl -sSi ${url} | head -n 8`,
    },
    {
      id: 'exact',
      title: `After 100 requests ${total} has risen by exactly 100`,
      command: `seq 100 | xargs -I{} curl -s -o /dev/null http://localhost:$PORT/ && curl -s ${url} | grep '^${total}'`,
    },
    {
      id: 'same-view',
      title: 'Ten scrapes over fresh connections show one and the same total',
      command: `for i in $(seq 10); do curl -s ${url} | awk '/^${total}/ { s += $NF } END { print s }'; done | sort -u`,
    },
    {
      id: 'self',
      title: 'Scrapes do not count themselves: nothing is printed',
      command: `curl -s ${url} | grep 'route="${answers.metricsPath}"'`,
    },
  ];
}
