import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './http-client.js';
import { startApp } from './running-app.js';

/** A scraped target, as far as these tests read it (GET /api/v1/targets). */
export interface ScrapeTarget {
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

export interface Prometheus {
  /** The value of an expression that gives one number or one series; undefined when it gives none. */
  readonly value: (expression: string, time?: number) => Promise<number | undefined>;
  /** The names of all metrics that it has. */
  readonly names: () => Promise<readonly string[]>;
  readonly targets: () => Promise<readonly ScrapeTarget[]>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

interface QueryResult {
  readonly resultType: 'vector' | 'scalar' | 'matrix' | 'string';
  readonly result: readonly { readonly value: readonly [time: number, value: string] }[];
}

const READY_MS = 20_000;

/**
 * Starts a real Prometheus on a free port of the loopback address, with a data folder of its own; it scrapes one target
 * each second. Throws with the server's output when it does not become ready.
 */
export async function startPrometheus(binary: string, targetPort: number): Promise<Prometheus> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'prometheus-'));
  await writeFile(
    path.join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: app, static_configs: [{ targets: ['127.0.0.1:${targetPort}'] }] }]
`,
  );
  // The shell is replaced by the server: the process that is ended is Prometheus.
  const command = `exec '${binary}' --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$PORT"`;
  const server = await startApp({ command: ['sh', '-c', command], cwd: folder });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const ask = async <T>(api: string): Promise<T> => {
    const { status, body } = await send(server, { method: 'GET', path: api });
    if (status !== 200) throw new Error(`${api} was answered ${status}: ${body}`);
    return (JSON.parse(body) as { data: T }).data;
  };
  const deadline = Date.now() + READY_MS;
  while ((await send(server, { method: 'GET', path: '/-/ready' })).status !== 200) {
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`Prometheus is not ready after ${READY_MS} ms:\n${server.output()}`);
    }
    await sleep(50);
  }
  return {
    async value(expression, time = Date.now() / 1000) {
      const query = new URLSearchParams({ query: expression, time: String(time) });
      const { resultType, result } = await ask<QueryResult>(`/api/v1/query?${query}`);
      if (resultType !== 'vector' || result.length > 1) throw new Error(`${expression} gave ${JSON.stringify(result)}`);
      return result[0] === undefined ? undefined : Number(result[0].value[1]);
    },
    names: () => ask('/api/v1/label/__name__/values'),
    async targets() {
      return (await ask<{ activeTargets: ScrapeTarget[] }>('/api/v1/targets?state=active')).activeTargets;
    },
    stop,
  };
}
