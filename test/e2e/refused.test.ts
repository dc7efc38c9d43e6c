import { describe, expect, it, vi } from 'vitest';
import { runCliJson } from '../support/cli.js';
import { loadFixtures } from '../support/fixture.js';
import { bootTarget, createTarget, gitStatus, removeTarget, snapshotTarget, type Target } from '../support/target.js';
import { sendTraffic } from '../support/traffic.js';

// Each runs processes of its own, on as few as two cores.
vi.setConfig({ maxConcurrency: 2 });

describe.concurrent('an app that cannot be instrumented safely', () => {
  const fixtures = loadFixtures('refused');

  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
    '%s: is refused with exit 3, nothing is written, the place and the lines to add are named',
    async (_, fixture) => {
      const target = await createTarget(fixture);
      try {
        await answersAsDeclared(target);
        const before = await snapshotTarget(target);

        const { exitCode, report } = await runCliJson('add', target.dir, '--yes', '--no-install', '--force');

        expect({ exitCode, status: report.status, code: report.error?.code }, JSON.stringify(report)).toEqual({
          exitCode: 3,
          status: 'refused',
          code: 'refused',
        });
        const words = JSON.stringify([report.error, report.manual]);
        for (const word of fixture.says ?? []) expect(words).toContain(word);
        expect(report.error?.hint === '' && report.manual.length === 0, 'says what to do').toBe(false);
        expect(await gitStatus(target)).toBe('');
        expect(await snapshotTarget(target)).toEqual(before);
      } finally {
        await removeTarget(target);
      }
    },
  );
});

/** Where the fixture runs at all. */
async function answersAsDeclared(target: Target): Promise<void> {
  if (target.fixture.start === undefined) return;
  const app = await bootTarget(target);
  try {
    await sendTraffic(app, target.fixture);
  } finally {
    await app.stop();
  }
}
