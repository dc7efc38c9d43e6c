import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Exposition, parseExposition, samplesOf, sumOf } from '../../support/exposition.js';
import { send } from '../../support/http-client.js';
import type { RunningApp } from '../../support/running-app.js';
import { scrape } from '../../support/traffic.js';
import { counted, createService, eventually, get, sameView, workersOf } from './support.js';

describe.concurrent.each(['client', 'exporter'] as const)('%s: processes come and go', (flavour) => {
  test('no counter falls while workers are killed under load, and the next requests are exact', async (context) => {
    const service = await createService(context, { flavour, environment: 'new' });
    const app = await service.gunicorn(['-w', '4']);
    const { pids, asked } = await workersOf(app, 4);
    const { stop, falls } = watch(app);
    let answered = asked;
    for (const pid of [...pids].slice(0, 3)) {
      const [answers] = await Promise.all([burst(app, 40), sleep(100).then(() => process.kill(pid, 'SIGKILL'))]);
      answered += answers;
    }
    await stop();
    expect(falls).toEqual([]);
    const before = sumOf(await scrape(app), service.names.requests);
    // What was answered is counted; what died with its worker may be.
    expect(before).toBeGreaterThanOrEqual(answered);
    expect(before).toBeLessThanOrEqual(asked + 120);
    await get(app, '/', 30);
    await counted(app, service, before + 30);
  });

  test('recycled workers keep their counts', async (context) => {
    const service = await createService(context, { flavour, environment: 'old' });
    const app = await service.gunicorn(['-w', '2', '--max-requests', '15']);
    await get(app, '/shop/items/7', 100);
    await counted(app, service, 100);
    await sameView(app, service, 10);
    expect((await service.countFiles()).filter((name) => /counter_\d+\.db$/.test(name)).length).toBeGreaterThan(3);
  });

  test('a new master (USR2) goes on with the counts of the old one', async (context) => {
    const service = await createService(context, { flavour, environment: 'new' });
    const app = await service.gunicorn(['-w', '2', '--pid', 'gunicorn.pid']);
    await get(app, '/', 20);
    process.kill(app.pid, 'SIGUSR2');
    await eventually(async () => (await readdir(service.folder)).includes('gunicorn.pid.2'));
    const second = Number(await readFile(path.join(service.folder, 'gunicorn.pid.2'), 'utf8'));
    context.onTestFinished(() => kill(second));
    await workersOf(app, 4).then(({ asked }) => counted(app, service, 20 + asked));
    await sameView(app, service, 20);
    process.kill(app.pid, 'SIGTERM');
    await eventually(async () => !isAlive(app.pid));
    const before = sumOf(await scrape(app), service.names.requests);
    expect(before).toBeGreaterThan(20);
    // A reload of the promoted master, too.
    process.kill(second, 'SIGHUP');
    await sleep(1_500);
    await get(app, '/', 30);
    await counted(app, service, before + 30);
  });

  test('--preload and --reload', async (context) => {
    const service = await createService(context, { flavour, environment: 'new' });
    const preloaded = await service.gunicorn(['-w', '3', '--preload']);
    await get(preloaded, '/', 50);
    await counted(preloaded, service, 50);
    await sameView(preloaded, service, 20);
    const reloading = await service.gunicorn(['-w', '2', '--reload']);
    await get(reloading, '/', 20);
    const before = await workersOf(reloading, 2);
    await writeFile(path.join(service.folder, 'metrics', 'settings.py'), '\n# changed\n', { flag: 'a' });
    let { asked } = before;
    await eventually(async () => {
      const now = await workersOf(reloading, 1);
      asked += now.asked;
      return [...now.pids].every((pid) => !before.pids.has(pid));
    });
    await counted(reloading, service, 20 + asked);
    // Two instances on one host keep apart.
    await counted(preloaded, service, 50);
  });
});

describe.concurrent('the directory', () => {
  test('a restart begins at 0, without the files of the run before it', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'new' });
    const first = await service.gunicorn(['-w', '2']);
    await get(first, '/', 20);
    await first.stop();
    const [planted = ''] = await service.countFiles();
    const folder = path.join(service.folder, 'tmp', path.dirname(planted));
    // A worker of the next run may get this process id.
    for (let pid = first.pid + 1; pid < first.pid + 200; pid++) {
      await writeFile(
        path.join(folder, `counter_${pid}.db`),
        await readFile(path.join(folder, path.basename(planted))),
      );
    }
    const second = await service.gunicorn(['-w', '2']);
    await get(second, '/', 7);
    await counted(second, service, 7);
    expect(samplesOf(await scrape(second), 'app_info')).toHaveLength(1);
  });

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

  test('one that is given is used, made, and emptied at a start only', async (context) => {
    const service = await createService(context, { flavour: 'exporter', environment: 'old' });
    const given = path.join(service.folder, 'counts', 'here');
    await mkdir(given, { recursive: true });
    await writeFile(path.join(given, 'counter_1.db'), 'stale');
    await writeFile(path.join(given, 'other.txt'), 'not ours');
    const app = await service.gunicorn(['-w', '2'], { PROMETHEUS_MULTIPROC_DIR: given });
    await get(app, '/', 10);
    await counted(app, service, 10);
    const files = await readdir(given);
    expect(files).toContain('other.txt');
    expect(files).not.toContain('counter_1.db');
  });

  test('one that cannot be used stops nothing, and is told', async (context) => {
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
    expect(await service.run('python', ['-c', otherUser])).toBe('0');
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

describe.concurrent('gauges and processes', () => {
  test('what a killed worker had in progress goes with it', async (context) => {
    const service = await createService(context, { flavour: 'client', environment: 'old' });
    const app = await service.gunicorn(['-w', '2', '-k', 'gthread', '--threads', '4']);
    const hanging = [1, 2, 3].map(() => send(app, { method: 'GET', path: '/slow' }).catch(() => undefined));
    const inProgress = async () => sumOf(await scrape(app), 'http_requests_in_progress', { method: 'GET' });
    await eventually(async () => (await inProgress()) === 3);
    const { pids } = await workersOf(app, 2);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await Promise.all(hanging);
    await eventually(async () => (await inProgress()) === 0);
    expect((await service.countFiles()).filter((name) => name.includes('gauge_live')).length).toBeLessThanOrEqual(2);
  });

  test('process metrics are those of all processes together, and their CPU never falls', async (context) => {
    const service = await createService(context, { flavour: 'exporter', environment: 'new' });
    const app = await service.gunicorn(['-w', '3', '--max-requests', '20']);
    const seen: number[] = [];
    for (let round = 0; round < 40; round++) {
      await get(app, '/', 5);
      seen.push(sumOf(await scrape(app), 'process_cpu_seconds_total'));
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const exposition = await scrape(app);
    expect(sumOf(exposition, 'process_resident_memory_bytes')).toBeGreaterThan(60e6);
    expect(Math.abs(sumOf(exposition, 'process_start_time_seconds') - Date.now() / 1000)).toBeLessThan(60);
    expect(samplesOf(exposition, 'process_open_fds')).toHaveLength(1);
    expect(samplesOf(exposition, 'python_info')).toHaveLength(1);
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
print(os.waitpid(pid, 0)[1])
`;

/** Scrapes until it is stopped; notes each counter that falls. */
function watch(app: RunningApp): { stop: () => Promise<void>; falls: string[] } {
  const falls: string[] = [];
  let goesOn = true;
  const last = new Map<string, number>();
  const look = ({ samples, families }: Exposition): void => {
    for (const { name, labels, value } of samples) {
      const type = families.get(name.replace(/_(?:bucket|sum|count)$/, ''))?.type ?? families.get(name)?.type;
      if (type === 'gauge') continue;
      const key = `${name} ${JSON.stringify(labels)}`;
      if (value < (last.get(key) ?? 0)) falls.push(`${key}: ${last.get(key)} → ${value}`);
      last.set(key, value);
    }
  };
  const loop = async (): Promise<void> => {
    while (goesOn) {
      // A scrape dies with the worker that answers it.
      const answer = await send(app, { method: 'GET', path: '/metrics' }).catch(() => undefined);
      if (answer?.status === 200) look(parseExposition(answer.body));
    }
  };
  const done = loop();
  return {
    falls,
    async stop() {
      goesOn = false;
      await done;
    },
  };
}

/** Requests some of which may die with their worker; gives how many were answered. */
async function burst(app: RunningApp, times: number): Promise<number> {
  const one = () =>
    send(app, { method: 'GET', path: '/' }).then(
      () => 1,
      () => 0,
    );
  let answered = 0;
  for (let left = times; left > 0; left -= 4) {
    for (const answer of await Promise.all([one(), one(), one(), one()])) answered += answer;
  }
  return answered;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
}
