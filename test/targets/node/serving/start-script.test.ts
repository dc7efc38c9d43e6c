import { describe, expect, test } from 'vitest';
import { launchInScripts } from '../../../../src/targets/node/serving/start-script.js';
import type { Texts } from '../../../cli/support/folders.js';
import { planOn } from './support.js';

const tsconfig = (options: object, rest: object = { include: ['src'] }): Texts => ({
  'tsconfig.json': JSON.stringify({ compilerOptions: options, ...rest }),
});
const plain = { start: 'server.js', launcher: 'metrics/cluster.js' };
const typescript = { start: 'src/server.ts', launcher: 'src/metrics/cluster.ts' };
const built: Texts = { 'src/server.ts': '', ...tsconfig({ outDir: 'dist', rootDir: 'src' }) };

function scriptsAfter(scripts: Record<string, string>, files: Texts, sources: typeof plain) {
  const manifest = JSON.stringify({ name: 'x', main: 'server.js', scripts }, null, 2);
  let launch: unknown;
  const plan = planOn({ [sources.start]: '', ...files, 'package.json': manifest }, (project, workspace) => {
    launch = launchInScripts(project, sources, workspace);
  });
  return { ...plan, launch, scripts: JSON.parse(plan.read('package.json') ?? '').scripts };
}

describe('launchInScripts puts the launcher before the start file', () => {
  test.each<[string, string]>([
    ['node server.js', 'node metrics/cluster.js server.js'],
    ['node ./server.js', 'node ./metrics/cluster.js ./server.js'],
    ['node server', 'node metrics/cluster.js server'],
    ['node .', 'node metrics/cluster.js .'],
    ['node server.js --port 3000', 'node metrics/cluster.js server.js --port 3000'],
    [
      'node --max-old-space-size=4096 -r dotenv/config server.js',
      'node --max-old-space-size=4096 -r dotenv/config metrics/cluster.js server.js',
    ],
    ['node --env-file .env server.js', 'node --env-file .env metrics/cluster.js server.js'],
    ['NODE_ENV=production node server.js', 'NODE_ENV=production node metrics/cluster.js server.js'],
    ['cross-env NODE_ENV=production node server.js', 'cross-env NODE_ENV=production node metrics/cluster.js server.js'],
    ['exec node server.js', 'exec node metrics/cluster.js server.js'],
    ['dotenv -e .env -- node server.js', 'dotenv -e .env -- node metrics/cluster.js server.js'],
    ['npm run migrate && node server.js', 'npm run migrate && node metrics/cluster.js server.js'],
    ['node migrate.js && node server.js', 'node migrate.js && node metrics/cluster.js server.js'],
    ['node "./server.js" | pino-pretty', 'node ./metrics/cluster.js "./server.js" | pino-pretty'],
    ['/usr/bin/node server.js > log.txt 2>&1', '/usr/bin/node metrics/cluster.js server.js > log.txt 2>&1'],
    ['tsx server.js', 'tsx metrics/cluster.js server.js'],
  ])('%s', (before, after) => {
    const { scripts, manual, canBeTakenBack } = scriptsAfter({ start: before }, { 'migrate.js': '' }, plain);
    expect(scripts).toEqual({ start: after });
    expect(manual).toEqual([]);
    expect(canBeTakenBack).toBe(true);
  });

  test.each<[string, string, string, Texts]>([
    ['a build by tsc', 'node dist/server.js', 'node dist/metrics/cluster.js dist/server.js', built],
    ['the same without the extension', 'node dist/server', 'node dist/metrics/cluster.js dist/server', built],
    ['tsx', 'tsx src/server.ts', 'tsx src/metrics/cluster.ts src/server.ts', built],
    ['ts-node', 'ts-node src/server.ts', 'ts-node src/metrics/cluster.ts src/server.ts', built],
    ['a loader', 'node --import tsx src/server.ts', 'node --import tsx src/metrics/cluster.ts src/server.ts', built],
    [
      'source maps and paths',
      'node -r source-map-support/register -r tsconfig-paths/register dist/server.js',
      'node -r source-map-support/register -r tsconfig-paths/register dist/metrics/cluster.js dist/server.js',
      built,
    ],
    [
      'an output folder of another name',
      'node build/out/server.js',
      'node build/out/metrics/cluster.js build/out/server.js',
      { 'src/server.ts': '', ...tsconfig({ outDir: 'build/out', rootDir: 'src' }) },
    ],
    [
      'the root as rootDir',
      'node dist/src/server.js',
      'node dist/src/metrics/cluster.js dist/src/server.js',
      { 'src/server.ts': '', ...tsconfig({ outDir: 'dist', rootDir: '.' }, { include: ['src/**/*'] }) },
    ],
  ])('%s', (_, before, after, files) => {
    const { scripts, manual } = scriptsAfter({ build: 'tsc', start: before }, files, typescript);
    expect(scripts).toEqual({ build: 'tsc', start: after });
    expect(manual).toEqual([]);
  });

  test('finds the built folder of an index, and says how it is named there', () => {
    const sources = { start: 'src/index.ts', launcher: 'src/metrics/cluster.ts' };
    const { scripts, launch } = scriptsAfter({ start: 'node dist', build: 'tsc -b' }, built, sources);
    expect(scripts.start).toBe('node dist/metrics/cluster.js dist');
    expect(launch).toMatchObject({ launcher: 'dist/metrics/cluster.js', program: 'dist/index.js' });
  });

  test('reaches out of the folder that the start file is in', () => {
    const sources = { start: 'src/bin/www.ts', launcher: 'src/metrics/cluster.ts' };
    const { scripts } = scriptsAfter({ start: 'node dist/bin/www.js', build: 'tsc' }, built, sources);
    expect(scripts.start).toBe('node dist/metrics/cluster.js dist/bin/www.js');
  });

  test('Babel compiles a whole folder', () => {
    const sources = { start: 'src/server.js', launcher: 'src/metrics/cluster.js' };
    const scripts = { build: 'babel src --out-dir dist', start: 'node dist/server.js' };
    expect(scriptsAfter(scripts, {}, sources).scripts.start).toBe('node dist/metrics/cluster.js dist/server.js');
  });

  test('edits the scripts that serve, also one that start calls, and leaves those of development alone', () => {
    const before = {
      dev: 'nodemon server.js',
      watch: 'tsx watch server.js',
      debug: 'node --inspect server.js',
      start: 'npm run build && npm run server',
      server: 'node server.js',
      'start:prod': 'NODE_ENV=production node server.js',
      'start:dev': 'ts-node-dev server.js',
    };
    const { scripts } = scriptsAfter(before, {}, plain);
    expect(scripts).toEqual({
      ...before,
      server: 'node metrics/cluster.js server.js',
      'start:prod': 'NODE_ENV=production node metrics/cluster.js server.js',
    });
  });

  test('keeps escapes, a byte order mark and CRLF in package.json', () => {
    const text = '\uFEFF{\r\n\t"scripts": {\r\n\t\t"start": "node -r \\"./a b.js\\" \\u0073erver.js"\r\n\t}\r\n}\r\n';
    const plan = planOn({ 'package.json': text, 'server.js': '' }, (project, workspace) => {
      launchInScripts(project, plain, workspace);
    });
    expect(plan.read('package.json')).toBe(text.replace('\\u0073erver', 'metrics/cluster.js \\u0073erver'));
    expect(plan.canBeTakenBack).toBe(true);
  });

  test('quotes a folder with a space', () => {
    const sources = { start: 'my app/server.js', launcher: 'my app/metrics/cluster.js' };
    const { scripts } = scriptsAfter({ start: 'node "my app/server.js"' }, {}, sources);
    expect(scripts.start).toBe('node "my app/metrics/cluster.js" "my app/server.js"');
  });
});

describe('launchInScripts leaves a line to the user', () => {
  test.each<[string, Record<string, string>, Texts, typeof plain, string]>([
    ['no start script', { test: 'vitest' }, {}, plain, '"start": "node metrics/cluster.js server.js"'],
    ['a watcher', { start: 'nodemon server.js' }, {}, plain, '"start": "node metrics/cluster.js server.js"'],
    ['a watching Node', { start: 'node --watch server.js' }, {}, plain, 'cluster.js server.js'],
    ['tsx watch', { start: 'tsx watch server.js' }, {}, plain, 'cluster.js server.js'],
    ['a watcher of Node', { start: 'nodemon --exec "node server.js"' }, {}, plain, 'cluster.js server.js'],
    ['a variable', { start: 'node $APP' }, {}, plain, 'cluster.js server.js'],
    ['another program', { start: 'node other.js' }, { 'other.js': '' }, plain, 'cluster.js server.js'],
    ['evaluated code', { start: 'node -e "require(\'./server.js\')"' }, {}, plain, 'cluster.js server.js'],
    ['babel-node', { start: 'babel-node server.js' }, {}, plain, 'cluster.js server.js'],
    [
      'a bundle: nothing imports the launcher',
      { build: 'esbuild src/server.ts --bundle --outfile=dist/server.js', start: 'node dist/server.js' },
      { 'src/server.ts': '' },
      typescript,
      '"start": "node dist/metrics/cluster.js dist/server.js"',
    ],
    [
      'a tsconfig that lists its files',
      { build: 'tsc', start: 'node dist/server.js' },
      { 'src/server.ts': '', ...tsconfig({ outDir: 'dist' }, { files: ['src/server.ts'] }) },
      typescript,
      'node dist/metrics/cluster.js dist/server.js',
    ],
    ['a build that is not known', { start: 'node dist/server.js' }, built, typescript, 'dist/metrics/cluster.js'],
  ])('%s', (_, scripts, files, sources, snippet) => {
    const after = scriptsAfter(scripts, files, sources);
    expect(after.scripts).toEqual(scripts);
    expect(after.launch).toBeUndefined();
    expect(after.manual).toEqual([
      expect.objectContaining({ path: 'package.json', snippet: expect.stringContaining(snippet) }),
    ]);
  });
});
