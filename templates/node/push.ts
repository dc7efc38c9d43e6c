import { request as requestHttp } from 'http';
import { request as requestHttps } from 'https';
import { Gauge, Registry } from 'prom-client';
import { isDisabled, warnOnce } from './process.js';
import { settings } from './settings.js';

// Metrics of a batch job: it has ended when Prometheus comes, so it pushes them to a Pushgateway.
//
//   runJob('nightly-invoices', async (job) => {
//     job.gauge('invoices_sent', 'Invoices sent by the last run.', await sendInvoices());
//   });
//
// PUSHGATEWAY_URL says where (http://pushgateway:9091); without it nothing is pushed. A gateway that fails is reported as
// a process warning, and never fails the job.

/** One run of a batch job. */
export interface Job {
  /** Adds a number of this run. Never throws: a name that is not one is reported. */
  gauge(name: string, help: string, value: number): void;
}

/** Tells apart runs that must not overwrite each other: few, fixed values, because the gateway keeps each for ever. */
export type Grouping = Readonly<Record<string, string>>;

const TIMEOUT_MS = 5000;

/**
 * Runs a batch job; at its end, whether it succeeded, how long it took and when it last succeeded are pushed. Settles as
 * `work` does. What calls process.exit() inside of `work` pushes nothing.
 */
export async function runJob<T>(name: string, work: (job: Job) => T | Promise<T>, grouping?: Grouping): Promise<T> {
  const registry = new Registry();
  const started = process.uptime();
  const gauge = (name: string, help: string, value: number): void => {
    try {
      const known = registry.getSingleMetric(name);
      (known instanceof Gauge ? known : new Gauge({ name, help, registers: [registry] })).set(value);
    } catch (error) {
      warnOnce(`${name} is not pushed`, error);
    }
  };
  const end = (succeeded: boolean): Promise<void> => {
    gauge('batch_job_success', 'Whether the last run succeeded (1) or not (0).', Number(succeeded));
    gauge('batch_job_duration_seconds', 'Time the last run took, in seconds.', process.uptime() - started);
    if (succeeded) {
      const help = 'When the job last succeeded, in seconds since 1970.';
      gauge('batch_job_last_success_timestamp_seconds', help, Date.now() / 1000);
    }
    // Adds to the group: after a failure, the time of the last success is still there.
    return toGateway('POST', name, grouping, registry);
  };
  let result: T;
  try {
    result = await work({ gauge });
  } catch (error) {
    await end(false);
    throw error;
  }
  await end(true);
  return result;
}

/** Takes all that a job has pushed away from the gateway. Never rejects. */
export function deleteJob(name: string, grouping?: Grouping): Promise<void> {
  return toGateway('DELETE', name, grouping);
}

async function toGateway(
  method: 'POST' | 'DELETE',
  job: string,
  grouping?: Grouping,
  registry?: Registry
): Promise<void> {
  const gateway = process.env['PUSHGATEWAY_URL'];
  if (!gateway || isDisabled()) return;
  try {
    const labels = Object.assign({ job, application: settings.application }, grouping);
    const url = `${gateway.replace(/\/+$/, '')}/metrics${pathOf(labels)}`;
    await send(method, url, registry === undefined ? '' : await registry.metrics());
  } catch (error) {
    warnOnce('the Pushgateway did not take the metrics of the job', error);
  }
}

/** The grouping key, `job` first; base64 carries any value, an empty one too: https://github.com/prometheus/pushgateway#url */
function pathOf(labels: Record<string, string>): string {
  const parts = Object.entries(labels).map(([label, value]) => {
    const base64 = Buffer.from(value).toString('base64').replace(/\+/g, '-').replace(/\//g, '_');
    return `/${label}@base64/${base64 || '='}`;
  });
  return parts.join('');
}

// Not the client's own Pushgateway: when an answer breaks off it waits for ever, and a slash in a job's name ends it.
function send(method: string, url: string, body: string): Promise<void> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };
    const req = request(url, { method, headers, agent: false }, (res) => {
      const { statusCode = 0 } = res;
      // The status says it all: the rest of the answer is not waited for.
      res.on('error', () => undefined);
      res.resume();
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new Error(`it answered ${statusCode}`));
      settle();
    });
    const timer = setTimeout(() => req.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    const settle = (): void => {
      clearTimeout(timer);
      req.destroy();
    };
    req.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    req.end(body);
  });
}
