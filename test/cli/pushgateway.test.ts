import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeFolder } from './support/folders.js';
import { addMetrics, run } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

const JOB = `
const { runJob } = require('./metrics/push');
runJob('nightly', (job) => job.gauge('invoices_sent', 'Invoices sent.', 7));
`;

test('--with pushgateway: a job pushes by the file that is generated, and needs no service for it', async () => {
  const root = makeFolder(sampleApp);
  const before = treeOf(root);
  await addMetrics(root);
  expect(treeOf(root)).not.toHaveProperty('metrics/push.js');
  await addMetrics(root, '--with', 'pushgateway');
  writeFileSync(join(root, 'job.cjs'), JOB);
  const received: string[] = [];
  const gateway = http.createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      received.push(`${req.method} ${req.url}`, body);
      res.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  const env = {
    PUSHGATEWAY_URL: `http://127.0.0.1:${port}/`,
    NODE_PATH: join(import.meta.dirname, '../../node_modules'),
  };
  const { stderr } = await execa(process.execPath, ['job.cjs'], { cwd: root, env });
  gateway.close();
  expect(stderr).toBe('');
  const key = (text: string) => Buffer.from(text).toString('base64');
  expect(received[0]).toMatch(`POST /metrics/job@base64/${key('nightly')}/application@base64/`);
  expect(received[1]).toMatch(/^invoices_sent 7$/m);
  expect(received[1]).toMatch(/^batch_job_success 1$/m);
  await execa('rm', [join(root, 'job.cjs')]);
  await run(['remove', root, '--yes', '--no-install']);
  expect(treeOf(root)).toEqual(before);
});
