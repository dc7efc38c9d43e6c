import { describe, test } from 'vitest';
import type { StartedService } from '../../src/checks/service.js';
import { type FakeOptions, withFake } from './support/fake.js';
import { measure, saidBy } from './support/measure.js';

// What is left of an earlier run after a restart.

/** A service that forgets at a restart, and tells of these runs of itself before and after it. */
async function said(forgets: boolean, infos: readonly (readonly string[])[]): Promise<string> {
  let runs = 0;
  const info = () =>
    (infos[Math.min(runs, infos.length - 1)] ?? []).map((labels) => `app_info{${labels}} 1\n`).join('');
  const options: FakeOptions = {
    scrape: ({ res, fake }) => res.end(`# TYPE app_info gauge\n${info()}${fake.text}`),
  };
  return withFake(options, async (fake) => {
    const started = {
      async restart() {
        runs += 1;
        if (forgets) fake.reset();
      },
      workers: () => undefined,
      log: '/dev/null',
    };
    const results = await measure(fake.port, { only: ['restart'], started: started as unknown as StartedService });
    return saidBy(results, 'restart');
  });
}

describe.concurrent('a restart', () => {
  test('of a new version, in two workers', async ({ expect }) => {
    const after = ['version="2",worker="1"', 'version="2",worker="2"'];
    expect(await said(true, [['version="1"'], after])).toMatch(
      /^pass: the counter was at \d+ before and is at 0 after it, 1/,
    );
  });

  test('that leaves app_info of the earlier run', async ({ expect }) => {
    expect(await said(true, [['version="1"'], ['version="1"', 'version="2"']])).toMatch(
      /^fail: .* is at 0 after it, 2 app_info.* → app_info of an earlier run is still shown: count\(app_info\)/,
    );
  });

  test('that leaves the counts', async ({ expect }) => {
    expect(await said(false, [['version="1"']])).toMatch(
      /^fail: the counter was at (\d+) before and is at \1 after it, 1 app_info.* → Values of the run before/,
    );
  });
});
