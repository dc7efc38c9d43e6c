import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Monitoring } from '../../../../src/monitoring/monitoring.js';
import { prometheusConfig } from '../../../../src/monitoring/prometheus/scrape-config.js';
import { send } from '../../../support/http-client.js';
import { startApp } from '../../../support/running-app.js';

/** A result as Prometheus' API has it: one value for a query at a moment, several for one over a time. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [time: number, value: string])[];
}

export interface DashboardPrometheus {
  /** Seconds since 1970. Throws with Prometheus' own words when it does not take the expression. */
  readonly at: (expression: string, time: number) => Promise<readonly Series[]>;
  readonly over: (expression: string, start: number, end: number, step: number) => Promise<readonly Series[]>;
  readonly stop: () => Promise<void>;
}

const READY_MS = 20_000;

/**
 * A real Prometheus with the configuration that the tool generates, but for how often it scrapes: each second. It scrapes
 * `monitoring.port` of this machine.
 */
export async function startGenerated(binary: string, monitoring: Monitoring): Promise<DashboardPrometheus> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'prometheus-'));
  const config = prometheusConfig(monitoring, { target: `127.0.0.1:${monitoring.port}` })
    .replace(/^(\s*(?:scrape|evaluation)_interval:) .*$/gm, '$1 1s')
    .replace(/^(\s*-? ?scrape_timeout:) .*$/gm, '$1 1s');
  await writeFile(path.join(folder, 'prometheus.yml'), config);
  // The shell is replaced by the server: the process that is ended is Prometheus.
  const command = `exec '${binary}' --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$PORT"`;
  const server = await startApp({ command: ['sh', '-c', command], cwd: folder });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const ask = async (api: string, query: Record<string, string | number>): Promise<readonly Series[]> => {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]),
    );
    const { body } = await send(server, { method: 'GET', path: `/api/v1/${api}?${search}` });
    const { data, error } = JSON.parse(body) as Answer;
    if (data === undefined) throw new Error(`${error}: ${query['query']}`);
    return data.result.map(({ metric, value, values }) => ({ metric, values: values ?? (value ? [value] : []) }));
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
    at: (query, time) => ask('query', { query, time }),
    over: (query, start, end, step) => ask('query_range', { query, start, end, step }),
    stop,
  };
}

interface Answer {
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [time: number, value: string];
      readonly values?: readonly (readonly [time: number, value: string])[];
    }[];
  };
}
