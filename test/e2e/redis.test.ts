import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCliJson } from '../support/cli.js';
import { type Exposition, samplesOf, sumOf } from '../support/exposition.js';
import { loadFixtures } from '../support/fixture.js';
import { send } from '../support/http-client.js';
import { createRedis, findRedis, type RedisServer } from '../support/redis.js';
import type { RunningApp } from '../support/running-app.js';
import { bootTarget, createTarget, gitStatus, removeTarget, snapshotTarget, type Target } from '../support/target.js';
import { scrape, sendTraffic } from '../support/traffic.js';

const OPTIONS = ['--yes', '--no-install', '--force'];

const binary = await findRedis();
const fixtures = loadFixtures('express');

async function targetOf(
  name: string,
  set: string,
  edit: (manifest: string) => string = (text) => text,
): Promise<Target> {
  const fixture = fixtures.find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  const target = await createTarget({ ...fixture, set });
  const manifest = path.join(target.dir, 'package.json');
  await writeFile(manifest, edit(await readFile(manifest, 'utf8')));
  return target;
}

async function add(target: Target, ...flags: string[]): Promise<readonly string[]> {
  const { exitCode, report, stderr } = await runCliJson('add', target.dir, ...OPTIONS, ...flags);
  expect({ exitCode, manual: report.manual }, stderr + JSON.stringify(report.error)).toEqual({
    exitCode: 0,
    manual: [],
  });
  return report.changes.map((change) => change.path).filter((file) => file.includes('redis'));
}

async function remove(target: Target): Promise<void> {
  const { exitCode, report, stderr } = await runCliJson('remove', target.dir, ...OPTIONS);
  expect(exitCode, stderr + JSON.stringify(report.error)).toBe(0);
}

async function dependenciesOf(target: Target): Promise<Record<string, string>> {
  return JSON.parse(await readFile(path.join(target.dir, 'package.json'), 'utf8')).dependencies;
}

/** The user copies the example, and counts in a route. */
async function useExample(target: Target): Promise<void> {
  const custom = path.join(target.dir, 'metrics/custom.js');
  const text = await readFile(custom, 'utf8');
  const declaration = `const { redisCounter } = require('./redis');
const signups = redisCounter({ name: 'shared_signups_total', help: 'Users who signed up.', labelNames: ['plan'] });\n`;
  await writeFile(custom, declaration + text.replace('module.exports = {', 'module.exports = { signups,'));
  const entry = path.join(target.dir, 'index.js');
  const app = await readFile(entry, 'utf8');
  const route = `const { signups } = require('./metrics/custom');
const { counted } = require('./metrics/handlers');
app.post('/signups', counted(signups, { plan: (req) => req.body.plan }, (req, res) => res.status(201).end()));\n`;
  await writeFile(entry, app.replace("app.get('/',", `${route}app.get('/',`));
}

async function untilUp(app: RunningApp, up: number): Promise<Exposition> {
  for (let attempt = 0; ; attempt++) {
    const exposition = await scrape(app);
    if (sumOf(exposition, 'redis_metrics_up') === up || attempt === 100) return exposition;
    await sleep(50);
  }
}

const title = binary === undefined ? 'add --redis, SKIPPED: redis-server is missing' : 'add --redis';

describe.skipIf(binary === undefined)(title, () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await createRedis(binary ?? '');
  });
  afterEach(() => redis.remove());

  it.each([
    ['redis, which is new', (manifest: string) => manifest, { redis: '^5.12.1' }],
    [
      'ioredis, which is there',
      (manifest: string) => manifest.replace('"morgan"', '"ioredis": "^5.4.1",\n    "morgan"'),
      { ioredis: '^5.4.1' },
    ],
  ])('boots without Redis and then with it, on %s', async (_, edit, dependency) => {
    const target = await targetOf('single-file', 'redis', edit);
    try {
      const before = await snapshotTarget(target);
      expect(await add(target, '--redis')).toHaveLength(5);
      expect(await dependenciesOf(target)).toMatchObject(dependency);
      expect(Object.keys(await dependenciesOf(target)).filter((name) => name.includes('redis'))).toHaveLength(1);
      const added = await snapshotTarget(target);
      expect((await runCliJson('add', target.dir, ...OPTIONS)).report.status).toBe('unchanged');
      expect(await snapshotTarget(target)).toEqual(added);

      await useExample(target);
      const app = await bootTarget(target, { REDIS_URL: redis.url });
      try {
        const sent = await sendTraffic(app, target.fixture);
        const signup = { method: 'POST', path: '/signups', json: { plan: 'free' } };
        for (let i = 0; i < 3; i++) expect((await send(app, signup)).status).toBe(201);
        const away = await untilUp(app, 0);
        expect(sumOf(away, 'redis_metrics_up')).toBe(0);
        expect(samplesOf(away, 'shared_signups_total')).toEqual([]);
        expect(sumOf(away, 'http_requests_total')).toBe(sent + 3);

        await redis.start();
        await untilUp(app, 1);
        await sleep(1500);
        const back = await scrape(app);
        expect(samplesOf(back, 'shared_signups_total')).toEqual([
          { name: 'shared_signups_total', labels: { application: 'todo-api', plan: 'free' }, value: 3 },
        ]);
      } finally {
        await app.stop();
      }

      // What the user has written is the user's: taken back before, so that remove gives the bytes back.
      const files = ['index.js', 'metrics/custom.js'];
      for (const file of files) await unuse(target, file);
      await remove(target);
      expect(await snapshotTarget(target)).toEqual(before);
    } finally {
      await removeTarget(target);
    }
  });
});

async function unuse(target: Target, file: string): Promise<void> {
  const name = path.join(target.dir, file);
  const text = await readFile(name, 'utf8');
  const lines = text
    .split('\n')
    .filter((line) => !/signups|handlers'|redisCounter/.test(line) || line.includes('module'));
  await writeFile(name, lines.join('\n').replace('{ signups,', '{'));
}

describe('add --redis, in TypeScript with every strict option', () => {
  it.each([
    ['redis', (manifest: string) => manifest],
    ['ioredis', (manifest: string) => manifest.replace('{ "express"', '{ "ioredis": "^5.4.1", "express"')],
  ])('compiles against the types of %s, and boots', async (client, edit) => {
    const target = await targetOf('typescript-strictest', 'typescript-redis', edit);
    try {
      await add(target, '--redis');
      expect(await dependenciesOf(target)).toHaveProperty(client);
      // A port where nothing listens.
      const app = await bootTarget(target, { REDIS_URL: 'redis://127.0.0.1:1' });
      try {
        await sendTraffic(app, target.fixture);
        expect(sumOf(await scrape(app), 'redis_metrics_up')).toBe(0);
      } finally {
        await app.stop();
      }
    } finally {
      await removeTarget(target);
    }
  });
});

describe('without Redis', () => {
  it('nothing of it is generated, and what was generated goes when the answer changes', async () => {
    const target = await targetOf('single-file', 'redis');
    try {
      await add(target, '--redis');
      const { report } = await runCliJson('add', target.dir, ...OPTIONS, '--no-redis');
      expect(report.status).toBe('applied');
      expect(await dependenciesOf(target)).not.toHaveProperty('redis');
      expect(Object.keys(await snapshotTarget(target)).filter((file) => file.includes('redis'))).toEqual([]);
      await remove(target);
      expect(await gitStatus(target)).toBe('');
    } finally {
      await removeTarget(target);
    }
  });
});
