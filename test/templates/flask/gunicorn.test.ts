import { describe, expect, test } from 'vitest';
import { counted, createService, eventually, get, sameView, workersOf } from './support.js';

/** Each flavour, each generation and each kind of worker meets each other one once. */
const pairs = [
  { flavour: 'client', environment: 'old', workers: ['-k', 'sync'] },
  { flavour: 'exporter', environment: 'new', workers: ['-k', 'sync'] },
  { flavour: 'client', environment: 'new', workers: ['-k', 'gthread', '--threads', '4'] },
  { flavour: 'exporter', environment: 'old', workers: ['-k', 'gthread', '--threads', '4'] },
  { flavour: 'client', environment: 'new', workers: ['-k', 'gevent'] },
  { flavour: 'exporter', environment: 'old', workers: ['-k', 'gevent'] },
] as const;

describe.concurrent.each(pairs)('$flavour, $environment packages, $workers.1', ({ flavour, environment, workers }) => {
  test('counts exactly over four workers, a killed one and a reload', async (context) => {
    const service = await createService(context, { flavour, environment });
    const app = await service.gunicorn(['-w', '4', ...workers]);
    await get(app, '/shop/items/1', 60);
    const { pids, asked } = await workersOf(app, 4);
    expect(pids.size).toBe(4);
    let sent = 60 + asked;
    await counted(app, service, sent);
    await sameView(app, service);

    const [victim = 0] = pids;
    process.kill(victim, 'SIGKILL');
    await get(app, '/', 40);
    sent += 40;
    await counted(app, service, sent);

    process.kill(app.pid, 'SIGHUP');
    await eventually(async () => {
      const now = await workersOf(app, 1);
      sent += now.asked;
      return [...now.pids].every((pid) => !pids.has(pid));
    });
    await get(app, '/', 40);
    await counted(app, service, sent + 40);
    await sameView(app, service);
  });
});
