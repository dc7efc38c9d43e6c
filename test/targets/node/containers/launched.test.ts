import { describe, expect, it } from 'vitest';
import { planFor, type Service } from './plan-for.js';

const launcher = { program: 'server.js', path: 'metrics/cluster.js' };
const dockerfile = (command: string) => `FROM node:20\nWORKDIR /app\nCOPY . .\nCMD ${command}\n`;
const typescript = (start: string): Service => ({
  entry: 'src/server.ts',
  files: {
    'package.json': JSON.stringify({ name: 'shop', scripts: { start, build: 'tsc' } }),
    'tsconfig.json': '{ "compilerOptions": { "outDir": "dist", "rootDir": "src" } }',
    'src/server.ts': "import express from 'express';\nconst app = express();\n",
  },
});

describe('where a launcher is to serve with several processes', () => {
  it('the Dockerfile runs it, and says where the metrics are kept', () => {
    const { workspace, manual } = planFor({ Dockerfile: dockerfile('["node", "server.js"]') }, { launcher });
    expect(manual).toEqual([]);
    expect(workspace.read('Dockerfile')).toBe(
      dockerfile('["node", "metrics/cluster.js", "server.js"]').replace(
        'CMD',
        '# Where the worker processes keep their metrics: in memory, writable for every user\nENV PROMETHEUS_MULTIPROC_DIR=/dev/shm\nCMD',
      ),
    );
  });

  it('a built file in the Dockerfile is found, also where no script says it', () => {
    const service = {
      ...typescript('tsx src/server.ts'),
      launcher: { program: 'src/server.ts', path: 'src/metrics/cluster.ts' },
    };
    const { workspace, manual } = planFor({ Dockerfile: dockerfile('node dist/server.js') }, service);
    expect(manual).toEqual([]);
    expect(workspace.read('Dockerfile')).toContain('\nCMD node dist/metrics/cluster.js dist/server.js\n');
  });

  it.each([
    ['npm start', 'npm start', { start: 'node server.js' }],
    ['a script that runs it', 'npm run serve', { serve: 'node server.js' }],
    [
      'a script behind a script',
      'yarn prod',
      { prod: 'npm run migrate && npm run x', migrate: 'node m.js', x: 'node server.js' },
    ],
    ['it already', 'node metrics/cluster.js server.js', {}],
  ])('a command that runs %s stays', (_, command, before) => {
    const scripts = JSON.parse(JSON.stringify(before).replaceAll('server.js', 'metrics/cluster.js server.js'));
    const files = {
      'package.json': JSON.stringify({ name: 'shop', scripts: before }),
      Dockerfile: dockerfile(command),
      Procfile: `web: ${command}\n`,
      'shop.service': `[Service]\nWorkingDirectory=/app\nExecStart=/usr/bin/${command}\n`,
    };
    const { workspace, manual } = planFor(files, { launcher, scripts });
    expect(manual).toEqual([]);
    expect(workspace.read('Dockerfile')).toContain(`/dev/shm\nCMD ${command}\n`);
    expect(workspace.read('Procfile')).toBe(`web: ${command}\n`);
    expect(workspace.read('shop.service.d/10-prometheus.conf')).toMatch(/DIR=\/run\/shop-metrics\n$/);
  });

  it('a command that cannot be edited surely is left to the user', () => {
    const files = { Dockerfile: dockerfile('["sh", "-c", "PORT=\\"80\\" node server.js"]') };
    const { workspace, manual } = planFor(files, { launcher });
    expect(workspace.read('Dockerfile')).toContain('PORT=\\"80\\" node server.js');
    expect(manual).toEqual([
      {
        path: 'Dockerfile',
        reason: expect.stringContaining('its command could not be edited surely'),
        snippet: 'CMD ["node","metrics/cluster.js","server.js"]',
      },
    ]);
  });

  it('the Procfile runs it; another program stays', () => {
    const { workspace, manual } = planFor(
      { Procfile: 'release: node migrate.js\nweb: node server.js\n' },
      { launcher },
    );
    expect([workspace.read('Procfile'), manual]).toEqual([
      'release: node migrate.js\nweb: node metrics/cluster.js server.js\n',
      [],
    ]);
    const other = planFor({ Procfile: 'web: node other.js\n' }, { launcher });
    expect([other.workspace.read('Procfile'), other.manual]).toEqual(['web: node other.js\n', []]);
    const unsure = planFor({ Procfile: 'web: nodemon server.js\n' }, { launcher });
    expect(unsure.manual.map(({ snippet }) => snippet)).toEqual(['web: node metrics/cluster.js server.js']);
  });

  it('the Procfile can be left out, and asked for', () => {
    const skipped = planFor({ Procfile: 'web: node server.js\n' }, { launcher, answers: { skip: ['procfile'] } });
    expect(skipped.workspace.read('Procfile')).toBe('web: node server.js\n');
    expect(planFor({}, { launcher, answers: { with: ['procfile'] } }).manual.map(({ path }) => path)).toEqual([
      'Procfile',
    ]);
  });

  it('systemd runs it, by the path that the unit has', () => {
    const unit =
      '[Service]\nWorkingDirectory=/srv/shop\nExecStart=-/usr/bin/node --trace-warnings /srv/shop/server.js --x=1\n';
    const { workspace, manual } = planFor({ 'shop.service': unit }, { launcher });
    expect(manual).toEqual([]);
    expect(workspace.read('shop.service.d/10-prometheus.conf')).toContain(
      'ExecStart=\nExecStart=-/usr/bin/node --trace-warnings /srv/shop/metrics/cluster.js /srv/shop/server.js --x=1\n',
    );
  });

  it('without a launcher, commands stay', () => {
    const files = { Dockerfile: dockerfile('node server.js'), Procfile: 'web: node server.js\n' };
    const { workspace } = planFor(files);
    expect(workspace.read('Dockerfile')).toContain('\nCMD node server.js\n');
    expect(workspace.read('Procfile')).toBe(files.Procfile);
  });
});
