import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckError } from '../check.js';
import { freePort } from '../process/port.js';
import { PrometheusApi } from './api.js';

/** A Prometheus that was started for a check. */
export interface LocalPrometheus {
  readonly url: URL;
  readonly api: PrometheusApi;
  /** Ends it, and removes its data. */
  stop(): void;
}

export interface ScrapeJob {
  readonly url: URL;
  readonly token: string | undefined;
  readonly intervalSeconds: number;
  /** Any certificate is taken. */
  readonly trustAny: boolean;
}

const readyMs = 15_000;
const pollMs = 100;

/**
 * Starts a real Prometheus on a free port of the loopback address, with its data in a temporary folder, that scrapes one
 * endpoint.
 *
 * @param program its path
 * @param pause waits; throws when the run is cancelled
 * @throws CheckError with what it printed, when it does not become ready; nothing is left then
 */
export async function startPrometheus(
  program: string,
  job: ScrapeJob,
  signal: AbortSignal,
  pause: (milliseconds: number) => Promise<void>,
): Promise<LocalPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'add-prom-metrics-'));
  // It may hold the token: the folder is ours alone (mkdtemp makes it 0700).
  writeFileSync(join(folder, 'prometheus.json'), JSON.stringify(configuration(job)));
  const port = await freePort();
  const child = spawn(
    program,
    ['--config.file=prometheus.json', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said = keepLast(child);
  const stop = (): void => {
    process.off('exit', stop);
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.on('exit', stop);
  const url = new URL(`http://127.0.0.1:${port}`);
  const api = new PrometheusApi(url, signal);
  try {
    const end = performance.now() + readyMs;
    while (!(await api.isReady())) {
      if (child.exitCode !== null || performance.now() > end) {
        throw new CheckError(
          `prometheus did not become ready: ${said()}`,
          'See whether `prometheus` on the PATH runs at all.',
        );
      }
      await pause(pollMs);
    }
    return { url, api, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** JSON is YAML: what somebody typed needs no other encoder. */
function configuration({ url, token, intervalSeconds, trustAny }: ScrapeJob): object {
  const interval = `${intervalSeconds}s`;
  const params = Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]),
  );
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      {
        job_name: 'verify',
        scheme: url.protocol.slice(0, -1),
        metrics_path: url.pathname,
        params,
        honor_labels: true,
        static_configs: [{ targets: [url.host] }],
        ...(token ? { authorization: { type: 'Bearer', credentials: token } } : {}),
        ...(url.protocol === 'https:' ? { tls_config: { insecure_skip_verify: trustAny } } : {}),
      },
    ],
  };
}

function keepLast(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-2_000);
  });
  child.on('error', (error) => {
    text += error.message;
  });
  return () => text.trim().split('\n').slice(-3).join(' | ') || 'it said nothing';
}
