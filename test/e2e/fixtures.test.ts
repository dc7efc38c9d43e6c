import { describe, expect, it, vi } from 'vitest';
import { runCliJson } from '../support/cli.js';
import { expectCounts } from '../support/expect-counts.js';
import { type Fixture, loadFixtures } from '../support/fixture.js';
import type { RunningApp } from '../support/running-app.js';
import {
  bootTarget,
  checkTarget,
  createTarget,
  gitStatus,
  removeTarget,
  snapshotTarget,
  type Target,
} from '../support/target.js';
import { scrape, scrapeSettled, sendTraffic } from '../support/traffic.js';

const OPTIONS = ['--yes', '--no-install', '--force'];

// Each runs processes of its own, on as few as two cores.
vi.setConfig({ maxConcurrency: 2 });

describe.concurrent('an Express app of each shape', () => {
  const fixtures = loadFixtures('express');

  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
    '%s: counts what was sent, a second run changes nothing, remove gives the bytes back',
    async (_, fixture) => {
      const target = await createTarget(fixture);
      try {
        await answersAsDeclared(target);
        const before = await snapshotTarget(target);

        await add(target);
        await countsWhatWasSent(target);
        await addAgainChangesNothing(target);

        await remove(target);
        expect(await gitStatus(target)).toBe('');
        expect(await snapshotTarget(target)).toEqual(before);
      } finally {
        await removeTarget(target);
      }
    },
  );
});

async function answersAsDeclared(target: Target): Promise<void> {
  await checkTarget(target);
  await withApp(target, async (app) => {
    await sendTraffic(originOf(app, target.fixture), target.fixture);
  });
  expect(await gitStatus(target)).toBe('');
}

async function add(target: Target): Promise<void> {
  const { exitCode, report, stderr } = await runCliJson('add', target.dir, ...OPTIONS);
  expect({ exitCode, status: report.status, manual: report.manual }, stderr + JSON.stringify(report.error)).toEqual({
    exitCode: 0,
    status: 'applied',
    manual: [],
  });
}

async function countsWhatWasSent(target: Target): Promise<void> {
  const { fixture } = target;
  await withApp(target, async (app) => {
    const origin = originOf(app, fixture);
    const sent = await sendTraffic(origin, fixture);
    const expected = {
      application: fixture.application ?? '',
      sent,
      counts: fixture.expect ?? [],
      exceptions: fixture.exceptions ?? [],
    };
    expectCounts(await scrapeSettled(origin, sent), expected);
    // Scrapes do not count themselves.
    expectCounts(await scrape(origin), expected);
  });
  await checkTarget(target);
}

async function addAgainChangesNothing(target: Target): Promise<void> {
  const before = await snapshotTarget(target);
  const { exitCode, report } = await runCliJson('add', target.dir, ...OPTIONS);
  expect({ exitCode, status: report.status, changes: report.changes }).toEqual({
    exitCode: 0,
    status: 'unchanged',
    changes: [],
  });
  expect(await snapshotTarget(target)).toEqual(before);
}

async function remove(target: Target): Promise<void> {
  const { exitCode, report, stderr } = await runCliJson('remove', target.dir, ...OPTIONS);
  expect({ exitCode, status: report.status }, stderr + JSON.stringify(report.error)).toEqual({
    exitCode: 0,
    status: 'removed',
  });
}

/** Boots the target for the time of `use`. What the app printed is part of an error that comes out of it. */
async function withApp(target: Target, use: (app: RunningApp) => Promise<void>): Promise<void> {
  const app = await bootTarget(target);
  try {
    await use(app);
  } catch (error) {
    if (error instanceof Error) error.message += `\n--- the app printed:\n${app.output()}`;
    throw error;
  } finally {
    await app.stop();
  }
}

function originOf(app: RunningApp, fixture: Fixture): { port: number; tls: boolean } {
  return { port: app.port, tls: fixture.tls ?? false };
}
