import { shellLine } from '../command.js';
import type { Catalogue } from '../metrics/catalogue.js';
import type { Answers } from '../wizard/answers.js';

/** One thing to try on the running service. */
export interface ChecklistItem {
  readonly id: string;
  readonly title: string;
  /** Can be pasted into a shell. */
  readonly command: string;
}

/** What the checklist has to know of what was planned. */
export interface Planned {
  readonly catalogue: Catalogue;
  /** Where the app listens, and the file that says so; without one it is a guess. */
  readonly port: { readonly port: number; readonly path: string | undefined };
  /** The command that starts the service with Prometheus and Grafana, as words, and where Grafana is then. */
  readonly start: { readonly command: readonly string[]; readonly grafanaPort: number | undefined } | undefined;
}

/** How the service is started. */
export interface StartCommands {
  /** From a shell that has no PORT. */
  readonly byHand: string;
  /** By `verify`, which sets it. */
  readonly withPort: string;
}

/** What to run, and what to expect, once the service is up. The ids are those of the executable checklist. */
export function checklistFor(
  answers: Answers,
  startCommands: StartCommands,
  { catalogue, port: { port, path }, start }: Planned,
): ChecklistItem[] {
  const url = `http://localhost:${answers.metricsPort ?? port}${answers.metricsPath}`;
  const token = answers.metricsToken ? '-H "Authorization: Bearer $METRICS_TOKEN" ' : '';
  const total = catalogue.requests.name;
  const isGuess = path === undefined && answers.port === undefined;
  const where = isGuess ? `; nothing says where it listens, so ${port} is assumed: --port <port> sets it` : '';
  return [
    { id: 'start', title: `Start the service${where}`, command: startCommands.byHand },
    {
      id: 'exposed',
      title: 'The endpoint answers 200 with a Content-Type that Prometheus accepts',
      command: `curl -sSi ${token}${url} | head -n 8`,
    },
    {
      id: 'exact',
      title: `After 100 requests ${total} has risen by exactly 100`,
      command: `seq 100 | xargs -I{} curl -s -o /dev/null http://localhost:${port}/ && curl -s ${token}${url} | grep '^${total}'`,
    },
    {
      id: 'same-view',
      title: 'Ten scrapes over fresh connections show one and the same total',
      command: `for i in $(seq 10); do curl -s ${token}${url} | awk '/^${total}/ { s += $NF } END { print s }'; done | sort -u`,
    },
    {
      id: 'self',
      title: 'Scrapes do not count themselves: nothing is printed',
      command: `curl -s ${token}${url} | grep '${catalogue.httpLabels.route}="${answers.metricsPath}"'`,
    },
    ...(start === undefined
      ? []
      : [
          {
            id: 'monitoring',
            title: `With Prometheus beside it${start.grafanaPort === undefined ? '' : `, and Grafana at http://localhost:${start.grafanaPort}`}`,
            command: shellLine(start.command),
          },
        ]),
    {
      id: 'verify',
      title: 'All of it and more, measured by the tool itself',
      command: shellLine(verifyCommand(answers, startCommands.withPort, url, port)),
    },
  ];
}

function verifyCommand({ workers, metricsPort }: Answers, start: string, url: string, port: number): string[] {
  const app = metricsPort === undefined ? [] : ['--app-url', `http://localhost:${port}/`];
  const kill = workers > 1 ? ['--kill-worker'] : [];
  return ['npx', 'add-prom-metrics', 'verify', '--start', start, '--url', url, ...app, ...kill];
}
