import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useStage } from './multiprocess/stage.js';
import { appScript, filesIn, get, remove, scrape, send, total, until } from './multiprocess/support.js';

const stage = useStage();

/** Shell commands that put all bases on one small disk. */
function disk(options: string, then: () => string = () => ''): string {
  // Not below /dev/shm, which the second mount hides.
  remove(stage.base);
  stage.base = mkdtempSync(join(tmpdir(), 'multiprocess-'));
  return `mount -t tmpfs -o ${options} none ${stage.base}
    ${then()}
    mount --bind ${stage.base} /dev/shm`;
}

describe('without a folder to write to', () => {
  it.each([
    ['on a read-only disk', () => disk('size=1m', () => `mount -o remount,ro ${stage.base}`)],
    ['on a full disk', () => disk('size=64k', () => `head -c 65536 /dev/zero > ${stage.base}/other`)],
  ])('%s, each worker shows its own truth, says that it does, and serves', async (_title, prepare) => {
    const app = await stage.start({
      prepare: prepare(),
      env: { TMPDIR: '/dev/shm', PROMETHEUS_MULTIPROC_DIR: stage.base },
    });
    expect(await send(app.port, '/a', 100)).toBe(100);
    const byWorker = new Map<string, number>();
    for (let i = 0; i < 12; i++) {
      const series = await scrape(app.port);
      expect(total(series, 'prom_multiprocess_up')).toBe(0);
      expect([...series.keys()].filter((text) => text.startsWith('prom_multiprocess_up'))).toHaveLength(1);
      for (const [text, value] of series) if (text.startsWith('requests_total')) byWorker.set(text, value);
    }
    expect(byWorker.size).toBe(4);
    for (const text of byWorker.keys()) expect(text).toMatch(/worker="pid-\d+"/);
    expect([...byWorker.values()].reduce((sum, value) => sum + value)).toBe(100);
    expect(app.warnings().match(/not shared/g)?.length).toBe(4);
  });
});

describe('with a chosen folder that is missing', () => {
  it('shares in another one', async () => {
    const app = await stage.start({
      env: { PROMETHEUS_MULTIPROC_DIR: `${stage.base}/missing`, TEST_APPLICATION: `lost-${process.pid}` },
    });
    try {
      await send(app.port, '/a', 100);
      const series = await scrape(app.port);
      expect([total(series, 'requests_total'), total(series, 'prom_multiprocess_up')]).toEqual([100, 1]);
      expect(existsSync(`${stage.base}/missing`)).toBe(false);
    } finally {
      remove(`/dev/shm/prom-lost-${process.pid}-${process.getuid?.()}`);
    }
  });
});

describe('a disk that is full for a while', () => {
  it('serves, says that counts are missing, and catches up', async () => {
    const app = await stage.start({
      prepare: disk('size=200k'),
      env: { TMPDIR: '/dev/shm', PROMETHEUS_MULTIPROC_DIR: stage.base },
    });
    const outside = `/proc/${app.process.pid}/root${stage.base}`;
    await send(app.port, '/a', 100);
    // Rows of series that are there already lie in pages that are there already.
    execFileSync('sh', ['-c', `head -c 300000 /dev/zero > ${outside}/other || true`], { stdio: 'ignore' });
    for (let i = 0; i < 60; i++) expect(await send(app.port, `/full/${i}/${'x'.repeat(200)}`, 4, 1)).toBe(4);
    expect(await send(app.port, '/a', 100)).toBe(100);
    const full = await scrape(app.port);
    expect(total(full, 'requests_total', 'route="/a"')).toBe(200);
    expect(total(full, 'requests_total', 'route="/full')).toBeLessThan(240);
    expect(total(full, 'prom_multiprocess_up')).toBe(0);
    execFileSync('rm', [`${outside}/other`]);
    await until(async () => total(await scrape(app.port), 'prom_multiprocess_up') === 1, 5000);
    const after = await scrape(app.port);
    expect(total(after, 'requests_total')).toBe(440);
    expect(total(after, 'duration_seconds_count')).toBe(440);
  });

  it('holds for a limit of the file size too', async () => {
    // 8 blocks of 512 bytes: the cells fit, the keys do not for long.
    const app = await stage.start({ workers: 1, prepare: 'ulimit -f 8' });
    for (let i = 0; i < 60; i++) expect(await send(app.port, `/limit/${i}/${'x'.repeat(100)}`, 1)).toBe(1);
    const series = await scrape(app.port);
    expect(total(series, 'requests_total')).toBeLessThan(60);
    expect(total(series, 'prom_multiprocess_up')).toBe(0);
    expect(app.pids()).toHaveLength(1);
  });
});

describe('a folder that is removed while it runs', () => {
  it('is made again with what the living counted; the first scrape waits for all of them', async () => {
    const app = await stage.start();
    await send(app.port, '/a', 400);
    await until(() => filesIn(stage.base).filter((file) => file.endsWith('.gauges')).length === 4);
    for (const folder of readdirSync(stage.base)) remove(`${stage.base}/${folder}`);
    const series = await scrape(app.port);
    expect([total(series, 'requests_total'), total(series, 'prom_multiprocess_up')]).toEqual([400, 1]);
    await send(app.port, '/a', 40);
    expect(total(await scrape(app.port), 'requests_total')).toBe(440);
  });

  it('is degraded where it cannot be made again', async () => {
    const app = await stage.start({
      workers: 2,
      prepare: disk('size=1m'),
      env: { TMPDIR: '/dev/shm', PROMETHEUS_MULTIPROC_DIR: stage.base },
    });
    await send(app.port, '/a', 40);
    const outside = `/proc/${app.process.pid}/root${stage.base}`;
    execFileSync('sh', ['-c', `rm -r ${outside}/prom-*; echo > ${outside}/prom-test-app-0`]);
    await until(async () => total(await scrape(app.port), 'prom_multiprocess_up') === 0);
    expect(await send(app.port, '/a', 10)).toBe(10);
  });
});

describe.runIf(process.getuid?.() === 0)("another user's folder (only root can make one)", () => {
  it('is left alone', async () => {
    mkdirSync(`${stage.base}/prom-test-app-0`, { mode: 0o777 });
    chownSync(`${stage.base}/prom-test-app-0`, 65534, 65534);
    const app = await stage.start({ workers: 2 });
    await send(app.port, '/a', 10);
    const series = await scrape(app.port);
    expect([total(series, 'requests_total'), total(series, 'prom_multiprocess_up')]).toEqual([10, 1]);
    expect(filesIn(stage.base)).toEqual([]);
    await app.stop('SIGKILL');
    await until(() => app.pids().every((pid) => !existsSync(`/proc/${pid}`)));
    remove('/dev/shm/prom-test-app-0');
  });
});

describe('containers that share their shared memory', () => {
  /** The application as pid 1 of a pid namespace; each is a target of its own. */
  async function container(port: number): Promise<{ stop(): Promise<void> }> {
    const flags = ['--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
    const child = spawn('unshare', [...flags, process.execPath, appScript, stage.build, '0'], {
      env: { ...process.env, PROMETHEUS_MULTIPROC_DIR: stage.base, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until(async () => (await get(port, '/pid')) === '1');
    return {
      async stop() {
        const ended = new Promise((done) => child.once('exit', done));
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
  const port = 20_000 + (process.pid % 10_000);

  it('count apart, although each is pid 1, and do not remove the files of the other', async () => {
    const one = await container(port);
    const two = await container(port + 1);
    try {
      await send(port, '/a', 30);
      await send(port + 1, '/a', 3);
      expect(total(await scrape(port), 'requests_total')).toBe(30);
      expect(total(await scrape(port + 1), 'requests_total')).toBe(3);
    } finally {
      await one.stop();
      await two.stop();
    }
  });

  it('start from zero at each restart', async () => {
    // RESTARTS=200 for the long run.
    for (let i = 0; i < Number(process.env['RESTARTS'] ?? 20); i++) {
      const one = await container(port);
      try {
        expect(await send(port, '/a', 5)).toBe(5);
        expect(total(await scrape(port), 'requests_total')).toBe(5);
      } finally {
        await one.stop();
      }
    }
  });
});

describe('without /proc', () => {
  it('asks ps for the start of a process, as on macOS', async () => {
    // The real ps, which needs the real /proc, in a mount namespace of its own.
    const prepare = `mkdir ${stage.base}/bin ${stage.base}/proc
      mount --bind /proc ${stage.base}/proc
      cat > ${stage.base}/bin/ps <<'END'
#!/bin/sh
exec unshare --mount sh -c 'mount --bind ${stage.base}/proc /proc; exec /bin/ps "$@"' ps "$@"
END
      chmod +x ${stage.base}/bin/ps
      mount -t tmpfs none /proc`;
    const app = await stage.start({ prepare, env: { PATH: `${stage.base}/bin:${process.env['PATH']}` } });
    await send(app.port, '/a', 100);
    const [victim] = app.pids();
    process.kill(victim ?? 0, 'SIGKILL');
    await until(() => app.pids().length === 4 && !app.pids().includes(victim ?? 0));
    await send(app.port, '/a', 100);
    await until(async () => total(await scrape(app.port), 'busy') === 4);
    expect(total(await scrape(app.port), 'requests_total')).toBe(200);
    const owners = filesIn(stage.base).filter((file) => file.includes('.owner.'));
    expect(owners).toHaveLength(4);
    for (const owner of owners) expect(owner).toMatch(/host-\d+-\w{10,}\/\d\.owner\.\d+-\w{10,}$/);
  });
});
