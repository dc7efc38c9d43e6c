import { describe, expect, test } from 'vitest';
import { requireDebianPackage } from '../../support/debian-package.js';
import { parseExposition } from '../../support/exposition.js';
import { freePort } from '../../support/free-port.js';
import { send } from '../../support/http-client.js';
import { startApp } from '../../support/running-app.js';
import { createService } from './support.js';

const binary = await requireDebianPackage('prometheus-pushgateway', 'prometheus-pushgateway');

const job = `
import sys
from metrics.push import BatchJob

with BatchJob("nightly", {"shard": "a/b", "empty": ""}) as job:
    job.gauge("invoices_sent", "Invoices sent by the last run.", 7)
    if sys.argv[1] == "fail":
        raise RuntimeError("no paper")
    if sys.argv[1] == "delete":
        job.delete()
        sys.exit(0)
print("done")
`;

describe('a batch job', () => {
  test.skipIf(binary === undefined)('pushes at its end, and keeps the time of its last success', async (context) => {
    const service = await createService(context, {
      flavour: 'client',
      environment: 'new',
      answers: { with: ['pushgateway'] },
      files: { 'job.py': job },
    });
    // Debian's keeps what it was given in one file for all, unless told otherwise.
    const gateway = await startApp({
      command: ['sh', '-c', `exec '${binary}' --web.listen-address=127.0.0.1:$PORT --persistence.file=pushed`],
      cwd: service.folder,
    });
    context.onTestFinished(() => gateway.stop());
    // The variable of the service's containers: the job must not join the service's counts.
    const env = {
      PUSHGATEWAY_URL: `http://127.0.0.1:${gateway.port}`,
      PROMETHEUS_MULTIPROC_DIR: `${service.folder}/counts`,
    };
    const pushed = async () => {
      const { body } = await send(gateway, { method: 'GET', path: '/metrics' });
      const samples = parseExposition(body).samples.filter(({ labels }) => labels['job'] === 'nightly');
      for (const { labels } of samples) expect(labels).toMatchObject({ application: 'shop', shard: 'a/b' });
      return Object.fromEntries(samples.map(({ name, value }) => [name, value]));
    };
    expect(await service.run('python', ['job.py', 'succeed'], env)).toContain('done');
    const first = await pushed();
    expect(first).toMatchObject({ batch_job_success: 1, invoices_sent: 7 });
    expect(first['batch_job_duration_seconds']).toBeLessThan(5);
    expect(Math.abs((first['batch_job_last_success_timestamp_seconds'] ?? 0) - Date.now() / 1000)).toBeLessThan(60);

    await expect(service.run('python', ['job.py', 'fail'], env)).rejects.toThrow('no paper');
    expect(await pushed()).toMatchObject({
      batch_job_success: 0,
      batch_job_last_success_timestamp_seconds: first['batch_job_last_success_timestamp_seconds'],
    });
    await service.run('python', ['job.py', 'delete'], env);
    // Deleted by the job itself; what it pushed at its end is all there is.
    expect(Object.keys(await pushed()).filter((name) => name.startsWith('batch_job'))).toHaveLength(3);
    expect(await service.countFiles()).toEqual([]);
  });

  test('succeeds without a gateway, and with one that fails', async (context) => {
    const service = await createService(context, {
      flavour: 'exporter',
      environment: 'old',
      answers: { with: ['pushgateway'] },
      files: { 'job.py': job },
    });
    expect(await service.run('python', ['job.py', 'succeed'])).toBe('done');
    const url = `http://127.0.0.1:${await freePort()}`;
    const output = await service.run('python', ['job.py', 'succeed'], { PUSHGATEWAY_URL: url });
    expect(output).toContain('done');
    expect(output).toContain('did not take the metrics');
  });
});
