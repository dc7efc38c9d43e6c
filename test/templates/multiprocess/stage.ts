import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type App, type AppOptions, buildTemplates, makeBase, remove, startApp } from './support.js';

/** What every test on real processes stands on; made and removed by hooks. */
export interface Stage {
  /** The templates as JavaScript, for all tests of the file. */
  build: string;
  /** The folder of the shared files, new for each test; a test may take another one. */
  base: string;
  /** Starts the app on them; it is killed after the test. */
  start(options?: Partial<AppOptions>): Promise<App>;
}

/** Registers the hooks of a test file and gives its stage. */
export function useStage(): Stage {
  const running: App[] = [];
  const stage: Stage = {
    build: '',
    base: '',
    async start(options = {}) {
      const env = { PROMETHEUS_MULTIPROC_DIR: stage.base, ...options.env };
      const app = await startApp({ build: stage.build, ...options, env });
      running.push(app);
      return app;
    },
  };

  beforeAll(() => {
    stage.build = buildTemplates();
  });
  afterAll(() => remove(stage.build));
  beforeEach(() => {
    stage.base = makeBase();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.stop('SIGKILL')));
    remove(stage.base);
  });
  return stage;
}
