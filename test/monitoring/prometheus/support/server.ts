import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type RunningApp, startApp } from '../../../support/running-app.js';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [time: number, value: string])[];
}

/** A real Prometheus. */
export interface Server {
  /** The data of an answer of its API. */
  readonly api: (path: string, query?: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly query: (expression: string) => Promise<readonly Sample[]>;
  /** The same when it is there. Throws after 30 s. */
  readonly until: (expression: string) => Promise<readonly Sample[]>;
  /** The values over a time, in seconds since 1970. */
  readonly range: (expression: string, start: number, end: number, stepSeconds: number) => Promise<readonly Series[]>;
}

const PATIENCE_MS = 30_000;

/**
 * Starts Prometheus with the prometheus.yml of a folder, its data in `data` there.
 *
 * @param stopLater is given what ends it; default: it ends with the test
 */
export async function startServer(
  binary: string,
  folder: string,
  stopLater: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<Server> {
  const command = `exec '${binary}' --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$PORT"`;
  const app = await startApp({ command: ['sh', '-c', command], cwd: folder });
  stopLater(() => app.stop());
  const api = (path: string, query = {}) => ask(app, path, query);
  const query = async (expression: string) => {
    return ((await api('query', { query: expression })) as { result: readonly Sample[] }).result;
  };
  await waitFor(async () => (await fetch(`http://127.0.0.1:${app.port}/-/ready`)).ok, 'Prometheus is not ready', app);
  return {
    api,
    query,
    until: (expression) =>
      waitFor(
        async () => {
          const samples = await query(expression);
          return samples.length === 0 ? undefined : samples;
        },
        `nothing is there of ${expression}`,
        app,
      ),
    async range(expression, start, end, stepSeconds) {
      const range = { query: expression, start: String(start), end: String(end), step: String(stepSeconds) };
      return ((await api('query_range', range)) as { result: readonly Series[] }).result;
    },
  };
}

async function ask({ port }: RunningApp, path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
  const url = `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(query)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${path} ${JSON.stringify(query)} was answered ${response.status}: ${body}`);
  return (JSON.parse(body) as { data: unknown }).data;
}

/** What a look gives, as soon as that is neither undefined nor false. */
async function waitFor<T>(look: () => Promise<T | undefined | false>, failure: string, app: RunningApp): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`${failure} after ${PATIENCE_MS} ms:\n${app.output()}`);
    await sleep(100);
  }
}
