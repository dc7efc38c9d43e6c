import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { requireDebianPackage } from '../../support/debian-package.js';
import { samplesOf, sumOf } from '../../support/exposition.js';
import { scrape } from '../../support/traffic.js';
import { counted, createService, get, kill, sameView, workersOf } from './support.js';

const flavours = ['client', 'exporter'] as const;
const cleaner = await requireDebianPackage('systemd-standalone-tmpfiles', 'systemd-tmpfiles');

describe.concurrent.each(flavours)('%s: the directory', (flavour) => {
  test('a restart begins at 0, without the files of the run before it', async (context) => {
    const service = await createService(context, { flavour, environment: 'new' });
    const first = await service.gunicorn(['-w', '2']);
    await get(first, '/', 20);
    await first.stop();
    const stale = (await service.countFiles()).map((name) => path.join(service.folder, 'tmp', name));
    for (const file of stale) {
      const planted = path.join(path.dirname(file), path.basename(file).replace(/[^_]*$/, ''));
      const text = await readFile(file);
      // A worker of the next run may get this process id, or find what an ended one has left.
      for (let pid = first.pid + 1; pid < first.pid + 200; pid++) await writeFile(`${planted}${pid}.db`, text);
      await writeFile(`${planted}ended-1-2.db`, text);
    }
    const second = await service.gunicorn(['-w', '2']);
    await get(second, '/', 7);
    await counted(second, service, 7);
    await sameView(second, service);
    expect(samplesOf(await scrape(second), 'app_info')).toHaveLength(1);
    expect((await service.countFiles()).length).toBeLessThan(10);
  });

  test('one that is given is used, made, and what is not the client’s in it stays as it is', async (context) => {
    const service = await createService(context, { flavour, environment: 'old' });
    const given = path.join(service.folder, 'counts', 'here');
    await mkdir(given, { recursive: true });
    await chmod(given, 0o1777);
    const others = ['other.txt', 'shop.db', 'counter_.db', 'counter_a.db', 'my_counter_1.db', 'lock'];
    for (const name of others) await writeFile(path.join(given, name), 'not ours');
    await writeFile(path.join(given, 'counter_1.db'), 'stale');
    const app = await service.gunicorn(['-w', '2'], { PROMETHEUS_MULTIPROC_DIR: given });
    await get(app, '/', 10);
    await counted(app, service, 10);
    await app.stop();
    const again = await service.gunicorn(['-w', '2'], { PROMETHEUS_MULTIPROC_DIR: given });
    await get(again, '/', 5);
    await counted(again, service, 5);
    for (const name of others) expect(await readFile(path.join(given, name), 'utf8'), name).toBe('not ours');
    expect(await readdir(given)).not.toContain('counter_1.db');
    expect((await stat(given)).mode & 0o7777).toBe(0o1777);
  });

  test('where none can be used, that is told: each worker counts for itself, and the metrics say so', async (context) => {
    const appTag = `nowhere${process.pid}${flavour}`;
    const service = await createService(context, { flavour, environment: 'new', answers: { appTag } });
    const bases = [path.join(service.folder, 'tmp'), '/dev/shm'];
    const taken = bases.flatMap((base) =>
      Array.from({ length: 64 }, (_, number) =>
        path.join(base, `prometheus-${appTag}-${process.getuid?.()}-${number}`),
      ),
    );
    context.onTestFinished(async () => {
      for (const file of taken) await rm(file, { force: true });
    });
    for (const file of taken) await writeFile(file, '');
    const app = await service.gunicorn(['-w', '2'], { PROMETHEUS_MULTIPROC_DIR: '/proc/1/none' });
    expect(app.output()).toContain('metrics: no directory for the counts, each worker counts for itself');
    const { asked } = await workersOf(app, 2);
    expect(samplesOf(await scrape(app), 'prom_multiprocess_up')[0]?.value).toBe(0);
    const seen = new Set<number>();
    for (let time = 0; time < 30; time++) seen.add(sumOf(await scrape(app), service.names.requests));
    expect(seen.size).toBe(2);
    expect([...seen].reduce((sum, value) => sum + value)).toBe(asked);
  });
});

describe.concurrent('the directory', () => {
  test('nobody empties it while the service lives', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    const app = await service.gunicorn(['-w', '2']);
    await get(app, '/', 10);
    await service.run('gunicorn', ['--check-config', 'app:app']);
    const given = path.join(service.folder, 'tmp', path.dirname((await service.countFiles())[0] ?? ''));
    await service.run('gunicorn', ['--check-config', 'app:app'], { PROMETHEUS_MULTIPROC_DIR: given });
    await service.run('flask', ['routes'], { PROMETHEUS_MULTIPROC_DIR: given });
    await counted(app, service, 10);
  });

  test.skipIf(cleaner === undefined)('systemd-tmpfiles passes it by, until the service ends', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    const app = await service.gunicorn(['-w', '2']);
    await get(app, '/', 10);
    const rules = path.join(service.folder, 'rules.conf');
    const folder = path.join(service.folder, 'tmp');
    await writeFile(rules, `d ${folder} - - - 1s\n`);
    await writeFile(path.join(folder, 'old'), '');
    await sleep(1_500);
    await execa(cleaner ?? '', ['--clean', rules], { timeout: 20_000 });
    expect(await readdir(folder)).not.toContain('old');
    const { asked } = await workersOf(app, 2);
    await counted(app, service, 10 + asked);
    await app.stop();
    await sleep(1_500);
    await execa(cleaner ?? '', ['--clean', rules], { timeout: 20_000 });
    expect(await service.countFiles()).toEqual([]);
  });

  test('one that cannot be used stops nothing: another is taken', async (context) => {
    const service = await createService(context, { flavour: 'exporter', environment: 'new' });
    const impossible = { PROMETHEUS_MULTIPROC_DIR: '/proc/1/none' };
    const app = await service.gunicorn(['-w', '1'], impossible);
    await get(app, '/', 5);
    await counted(app, service, 5);
    expect(samplesOf(await scrape(app), 'prom_multiprocess_up')[0]?.value).toBe(1);
    expect(await service.run('flask', ['routes'], impossible)).toContain('/shop/items');
  });

  test.skipIf(process.getuid?.() !== 0)('workers may run as another user than the master', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    expect(await service.run('python', ['-c', otherUser])).toBe('0 0o770');
    // A private one that was given, and one that is everybody's.
    const given = path.join(service.folder, 'given');
    for (const [mode, after] of [
      [0o700, '0o770'],
      [0o1777, '0o1777'],
    ] as const) {
      await mkdir(given);
      await chmod(given, mode);
      expect(await service.run('python', ['-c', otherUser], { PROMETHEUS_MULTIPROC_DIR: given })).toBe(`0 ${after}`);
      await rm(given, { recursive: true });
    }
  });

  test('a master that became a daemon remembers it at a reload', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    // The shell waits in front of it: the daemon itself leaves the process group.
    const app = await service.start('python', ['-c', daemon]);
    const pid = Number(await readFile(path.join(service.folder, 'gunicorn.pid'), 'utf8'));
    context.onTestFinished(() => kill(pid));
    await get(app, '/', 10);
    process.kill(pid, 'SIGHUP');
    await sleep(1_500);
    await get(app, '/', 10);
    await counted(app, service, 20);
    expect(sumOf(await scrape(app), 'process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

const daemon = `
import os, subprocess, sys, time
gunicorn = os.path.join(os.path.dirname(sys.executable), "gunicorn")
subprocess.check_call([gunicorn, "-D", "-w", "2", "--pid", "gunicorn.pid", "app:app"])
time.sleep(60)
`;

// Only the hook: a whole gunicorn would need a Python that the other user may read.
const otherUser = `
import os, runpy, types
os.chmod(".", 0o755)
os.chmod("tmp", 0o755)
cfg = types.SimpleNamespace(uid=65534, gid=65534)
runpy.run_path("metrics/gunicorn_hooks.py")["on_starting"](types.SimpleNamespace(cfg=cfg, log=None))
pid = os.fork()
if pid == 0:
    os.setgroups([])
    os.setgid(cfg.gid)
    os.setuid(cfg.uid)
    open(os.path.join(os.environ["PROMETHEUS_MULTIPROC_DIR"], "counter_1.db"), "a+b").close()
    os._exit(0)
mode = os.stat(os.environ["PROMETHEUS_MULTIPROC_DIR"]).st_mode & 0o7777
print(os.waitpid(pid, 0)[1], oct(mode))
`;
