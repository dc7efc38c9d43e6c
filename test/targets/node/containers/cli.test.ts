import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { runCli, runCliJson } from '../../../support/cli.js';
import { type Fixture, loadFixtures } from '../../../support/fixture.js';
import { createTarget, gitStatus, removeTarget, snapshotTarget, type Target } from '../../../support/target.js';

const fixtures = loadFixtures('containers');
const targets: Target[] = [];

afterEach(async () => {
  for (const target of targets.splice(0)) await removeTarget(target);
});

async function open(name: string): Promise<Target> {
  const target = await createTarget(fixtures.find((fixture) => fixture.name === name) as Fixture);
  targets.push(target);
  return target;
}

const read = ({ dir }: Target, path: string) => readFileSync(join(dir, path), 'utf8');
const quiet = ['--yes', '--no-install'];

describe('containers and service managers, through the command line', () => {
  it.each([['compact', 1] as const, ...fixtures.map(({ name }) => [name, 4] as const)])(
    '%s with %i workers: dry run, add, again, remove',
    async (name, workers) => {
      const target = await open(name);
      const before = await snapshotTarget(target);
      const flags = [target.dir, '--workers', String(workers), ...quiet];

      const dry = await runCli('add', ...flags, '--dry-run');
      expect(await snapshotTarget(target)).toEqual(before);
      const added = await runCliJson('add', ...flags);
      expect([added.report.status, added.report.manual]).toEqual(['applied', []]);
      const after = await snapshotTarget(target);

      expect((await runCliJson('add', target.dir, ...quiet, '--force')).report.status).toBe('unchanged');
      expect((await runCli('add', target.dir, '--check')).exitCode).toBe(0);
      expect((await runCliJson('remove', target.dir, ...quiet, '--force')).report.status).toBe('removed');
      expect(await snapshotTarget(target)).toEqual(before);
      expect(await gitStatus(target)).toBe('');

      execaSync('git', ['apply', '-'], { cwd: target.dir, input: `${dry.stdout}\n`, timeout: 10_000 });
      expect(await snapshotTarget(target)).toEqual(after);
    },
    120_000,
  );

  it('one process: copies the folder; says where the metrics are kept when that is asked for', async () => {
    const target = await open('compact');
    await runCli('add', target.dir, '--workers', '1', ...quiet);
    expect(read(target, 'Dockerfile')).toContain('COPY --chown=node:node metrics ./metrics');
    expect(read(target, 'Dockerfile')).not.toContain('PROMETHEUS_MULTIPROC_DIR');
    await runCli('add', target.dir, '--with', 'dockerfile', ...quiet);
    expect(read(target, 'Dockerfile').split('\r\n')).toEqual([
      'FROM node:20-alpine',
      'WORKDIR /app',
      'COPY package*.json ./',
      'RUN npm ci --omit=dev',
      'COPY --chown=node:node server.js ./',
      'COPY --chown=node:node metrics ./metrics',
      'USER node',
      'EXPOSE 3000',
      'HEALTHCHECK CMD ["node", "server.js"]',
      '# Where the worker processes keep their metrics: in memory, writable for every user',
      'ENV PROMETHEUS_MULTIPROC_DIR=/dev/shm',
      'CMD exec node server.js',
    ]);
  });

  it('several: the container, the Procfile and the unit run the launcher', async () => {
    const built = await open('typescript-stages');
    await runCli('add', built.dir, '--workers', '4', ...quiet);
    expect(read(built, 'Dockerfile')).toContain('CMD ["dist/metrics/cluster.js", "dist/server.js"]');
    expect(read(built, 'Dockerfile.dev')).toContain('CMD ["npm", "run", "dev"]');
    const managed = await open('service-manager');
    await runCli('add', managed.dir, '--workers', '4', ...quiet);
    expect(read(managed, 'Procfile')).toBe('web: node metrics/cluster.js server.js\nworker: node jobs.js\n');
    expect(read(managed, 'deploy/shop.service.d/10-prometheus.conf')).toContain(
      'ExecStart=/usr/bin/node /srv/shop/metrics/cluster.js /srv/shop/server.js\n',
    );
  });

  it('the record keeps what was said about parts, and nothing else', async () => {
    const target = await open('service-manager');
    const plain = await runCliJson('add', target.dir, ...quiet);
    expect(plain.report).not.toHaveProperty('answers.with');
    expect(plain.report).not.toHaveProperty('answers.skip');
    await runCli('remove', target.dir, ...quiet, '--force');
    const { stdout } = await runCli('add', target.dir, '--skip', 'systemd', '--with=procfile', ...quiet, '--force');
    const record = JSON.parse(read(target, 'add-prom-metrics.json'));
    expect([record.answers.skip, record.answers.with]).toEqual([['systemd'], ['procfile']]);
    expect(record.files.map(({ path }: { path: string }) => path)).not.toContain(expect.stringContaining('.service.d'));
    expect(stdout).toMatch(/--with procfile .*--skip systemd|--skip systemd .*--with procfile/);
  });

  it.each([
    [['--with', 'nginx'], '--with must name parts; there are dockerfile, systemd, procfile, prometheus, '],
    [['--skip', 'systemd', 'docker'], '--skip must name parts; there are dockerfile, systemd, procfile'],
    [['--with', 'systemd', '--skip', 'systemd'], 'systemd: --with and --skip contradict each other.'],
    [['--dockerfile', 'Dockerfile.prod'], 'The Dockerfile Dockerfile.prod is not there.'],
  ])('%j is a wrong call', async (flags, message) => {
    const target = await open('compact');
    const { exitCode, report } = await runCliJson('add', target.dir, ...quiet, ...flags);
    expect([exitCode, report.error?.code, report.error?.message]).toEqual([
      2,
      'usage',
      expect.stringContaining(message),
    ]);
    expect(await gitStatus(target)).toBe('');
  });

  it('what the user edits beside our lines stays theirs', async () => {
    const target = await open('compact');
    await runCli('add', target.dir, '--workers', '1', ...quiet);
    const text = read(target, 'Dockerfile').replace('exec node server.js', 'exec node --trace-warnings server.js');
    writeFileSync(join(target.dir, 'Dockerfile'), text);
    expect((await runCliJson('add', target.dir, ...quiet, '--force')).report.status).toBe('unchanged');
    await runCliJson('remove', target.dir, ...quiet, '--force');
    expect(read(target, 'Dockerfile')).toContain('"server.js"]\r\nCMD exec node --trace-warnings server.js');
    expect(read(target, 'Dockerfile')).not.toContain('metrics');
  });
});
