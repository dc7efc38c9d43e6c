import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCliJson } from '../support/cli.js';
import { loadFixtures } from '../support/fixture.js';
import { send } from '../support/http-client.js';
import { bootTarget, createTarget, gitStatus, removeTarget, type Target } from '../support/target.js';

const own = `const client = require('prom-client');
const requests = new client.Counter({ name: 'http_requests_total', help: 'My own.' });
`;

/** A service with a metric of its own that no endpoint shows, and whose name is a default metric's. */
describe('a service that declares the name of a default metric', () => {
  let target: Target;
  let index: string;

  beforeAll(async () => {
    const fixture = loadFixtures('express').find(({ name }) => name === 'single-file');
    if (fixture === undefined) throw new Error('no fixture single-file');
    target = await createTarget(fixture);
    index = path.join(target.dir, 'index.js');
    await write(
      index,
      (text) => own + text.replace("app.get('/',", "app.get('/', (q, s, next) => { requests.inc(); next(); },"),
    );
    await write(path.join(target.dir, 'package.json'), (text) =>
      text.replace('"dependencies": {', '"dependencies": { "prom-client": "^15.1.3",'),
    );
  });
  afterAll(() => removeTarget(target));

  const add = (...flags: string[]) => runCliJson('add', target.dir, '--yes', '--no-install', '--force', ...flags);

  it('is refused, since it would end at its start', async () => {
    const before = await gitStatus(target);
    const { exitCode, report } = await add();
    expect(exitCode).toBe(2);
    expect(report.error).toMatchObject({
      message:
        'The code already declares http_requests_total, which is the name of a default metric: index.js, line 2.',
      hint: expect.stringContaining('--prefix'),
    });
    expect(await gitStatus(target)).toBe(before);
  });

  it('serves both with a prefix', async () => {
    const { exitCode, report } = await add('--prefix', 'shop_');
    expect(exitCode, JSON.stringify(report.error)).toBe(0);
    const app = await bootTarget(target);
    try {
      await send({ port: app.port }, { method: 'GET', path: '/' });
      const { body } = await send({ port: app.port }, { method: 'GET', path: '/metrics' });
      expect(body).toMatch(/^http_requests_total\{application="[^"]+"\} 1$/m);
      expect(body).toMatch(/^shop_http_requests_total\{[^}]*route="\/"[^}]*\} 1$/m);
    } finally {
      await app.stop();
    }
  });

  it('is told of where it starts the default metrics too late, and runs where that is in time', async () => {
    const start = 'client.collectDefaultMetrics();\n';
    await write(index, (text) => text.replace('const port', `${start}const port`));
    const late = (await add()).report.manual.filter(({ reason }) => reason.includes('collectDefaultMetrics'));
    expect(late).toMatchObject([{ path: 'index.js', reason: expect.stringContaining('in line 9 has to run before') }]);
    await expect(bootTarget(target)).rejects.toThrow('has already been registered');

    await write(index, (text) => text.replace(start, '').replace('const requests', `${start}const requests`));
    const { report } = await add();
    expect(report.manual.filter(({ reason }) => reason.includes('collectDefaultMetrics'))).toEqual([]);
    await (await bootTarget(target)).stop();
  });

  it('is refused for a name that no prefix changes', async () => {
    await write(index, (text) =>
      text.replace('client.collectDefaultMetrics()', "new client.Gauge({ name: 'app_info', help: 'x' })"),
    );
    const { exitCode, report } = await add();
    expect(exitCode).toBe(2);
    expect(report.error?.message).toContain('app_info');
    expect(report.error?.hint).not.toContain('--prefix');
  });
});

async function write(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing to change in ${file}`);
  await writeFile(file, after);
}
