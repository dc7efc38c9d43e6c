import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { parseManifest } from '../../src/project/manifest.js';
import { filesOfCommand, sourceOf, startFiles } from '../../src/project/start-command.js';
import { readTypescriptConfig } from '../../src/project/tsconfig.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

function setUp(files: Texts) {
  const root = makeFolder(files);
  const workspace = new Workspace(root);
  const manifest = parseManifest(files['package.json'] ?? '{}', 'package.json');
  return { workspace, manifest, typescript: readTypescriptConfig(root, '.') };
}

const sources: Texts = {
  'server.js': '',
  'app.js': '',
  'index.js': '',
  'start.js': '',
  'watch.ts': '',
  'bin/www': '#!/usr/bin/env node\n',
  'src/server.ts': '',
  'src/index.js': '',
  'tests/index.js': '',
  'run.js': '',
  'package.json': JSON.stringify({
    main: 'app.js',
    scripts: { serve: 'node server.js', loop: 'npm run loop', deep: 'yarn serve' },
  }),
};

describe('filesOfCommand', () => {
  test.each([
    ['node server.js', ['server.js']],
    ['node server', ['server.js']],
    ['node ./bin/www', ['bin/www']],
    ['NODE_ENV=production node server.js --port 80', ['server.js']],
    ['cross-env NODE_ENV=production PORT=3000 node server.js', ['server.js']],
    ['/usr/bin/env node server.js', ['server.js']],
    ['node -r dotenv/config server.js', ['server.js']],
    ['node --require ./instrument.js server.js', ['server.js']],
    ['node --import tsx src/server.ts', ['src/server.ts']],
    ['node --loader ts-node/esm src/server.ts', ['src/server.ts']],
    ['node --env-file=.env --inspect server.js', ['server.js']],
    ['node --watch server.js', ['server.js']],
    ['node --watch --env-file .env server.js', ['server.js']],
    ['node --max-old-space-size=4096 server.js', ['server.js']],
    ['node .', ['app.js']],
    ['nodemon', ['app.js']],
    ['nodemon server.js', ['server.js']],
    ['nodemon --watch src server.js', ['server.js']],
    ['nodemon -w src -e ts,js --ignore tests/ server.js', ['server.js']],
    ['nodemon --exec ts-node src/server.ts', ['src/server.ts']],
    ['nodemon --watch src --exec "ts-node --files" src/server.ts', ['src/server.ts']],
    ["nodemon -e ts --exec 'node -r ts-node/register' src/server.ts", ['src/server.ts']],
    ['nodemon --exec "npm run build && node dist/server.js"', ['src/server.ts']],
    ['nodemon --exec babel-node src/index.js', ['src/index.js']],
    ['babel-node -x .js src/index.js', ['src/index.js']],
    ['ts-node -P tsconfig.json src/server.ts', ['src/server.ts']],
    ['ts-node-dev --respawn --transpile-only src/server.ts', ['src/server.ts']],
    ['npx tsx src/server.ts', ['src/server.ts']],
    ['tsx watch src/server.ts', ['src/server.ts']],
    ['tsx watch --clear-screen=false --env-file=.env src/server.ts', ['src/server.ts']],
    ['pm2 start server.js -i max --name api', ['server.js']],
    ['pm2-runtime start server.js', ['server.js']],
    ['pm2-runtime server.js -i 4', ['server.js']],
    ['bun run src/server.ts', ['src/server.ts']],
    ['bun --watch src/server.ts', ['src/server.ts']],
    ['npm run serve', ['server.js']],
    ['npm run serve -- --port 80', ['server.js']],
    ['npm run --silent serve', ['server.js']],
    ['pnpm serve', ['server.js']],
    ['yarn run deep', ['server.js']],
    ['cross-env NODE_ENV=production npm run serve', ['server.js']],
    ['concurrently "tsc -w" "npm run serve"', ['server.js']],
    ['npm run loop', []],
    ['npm run gone', []],
    ['npm run build && node server.js', ['server.js']],
    ['node migrate.js; node server.js', ['server.js']],
    ['node start.js & node server.js', ['start.js', 'server.js']],
    ['tsc -p . && node dist/server.js', ['src/server.ts']],
    ['node build/index.js', ['src/index.js']],
    ['node ../other/server.js', []],
    ['echo server.js', []],
    ['', []],
  ])('%s', (command, found) => {
    const { workspace, manifest, typescript } = setUp(sources);
    expect(filesOfCommand(workspace, manifest, command, typescript)).toEqual(found);
  });
});

describe('sourceOf', () => {
  const tsconfig = (compilerOptions: object): string => JSON.stringify({ compilerOptions });

  test.each([
    ['dist/server.js', { 'src/server.ts': '' }, 'src/server.ts'],
    ['dist/src/server.js', { 'src/server.ts': '' }, 'src/server.ts'],
    ['build/bin/www', { 'src/bin/www.ts': '' }, 'src/bin/www.ts'],
    ['out/main', { 'src/main.ts': '' }, 'src/main.ts'],
    ['dist/server.js', { 'src/server.ts': '', 'dist/server.js': '' }, 'src/server.ts'],
    ['dist/server.js', { 'dist/server.js': '' }, 'dist/server.js'],
    ['lib/server.js', { 'lib/server.js': '' }, 'lib/server.js'],
    ['target/server.js', { 'server.ts': '', 'tsconfig.json': tsconfig({ outDir: './target/' }) }, 'server.ts'],
    [
      'target/server.js',
      { 'api/server.ts': '', 'tsconfig.json': tsconfig({ outDir: 'target', rootDir: './api' }) },
      'api/server.ts',
    ],
    ['target/app.js', { 'src/app.ts': '', 'tsconfig.json': tsconfig({ outDir: 'target' }) }, 'src/app.ts'],
    ['./server.mjs', { 'server.mts': '' }, 'server.mts'],
    ['dist', {}, undefined],
    ['dist', { 'src/index.js': '', 'dist/index.js': '' }, 'src/index.js'],
    ['lib/', { 'lib/index.js': '' }, 'lib/index.js'],
  ] as const)('%s with %j', (path, files, found) => {
    const { workspace, typescript } = setUp({ ...files });
    expect(sourceOf(workspace, path, typescript)).toBe(found);
  });
});

describe('startFiles', () => {
  const start = (files: Texts): string[] => {
    const { workspace, manifest, typescript } = setUp(files);
    return [...startFiles(workspace, manifest, typescript)];
  };
  const scripts = (given: object, more: object = {}): string => JSON.stringify({ scripts: given, ...more });

  test('the start script, then other scripts, then main, then the usual names, each once', () => {
    const files = {
      'package.json': scripts({ dev: 'nodemon src/dev.js', start: 'node ./run.js' }, { main: 'lib.js' }),
      'run.js': '',
      'src/dev.js': '',
      'lib.js': '',
      'server.js': '',
      'app.js': '',
      'bin/www': '',
    };
    expect(start(files)).toEqual(['run.js', 'src/dev.js', 'lib.js', 'bin/www', 'server.js', 'app.js']);
  });

  test.each([
    ['module.exports = { apps: [{ name: "api", script: "./src/api.js", instances: 4 }] };', 'ecosystem.config.js'],
    ['{ "apps": [{ "script": "src/api.js" }] }', 'pm2.json'],
    ['module.exports = { apps: [{ script: "dist/api.js" }] };', 'ecosystem.config.cjs'],
  ])("the process manager's file: %s in %s", (text, name) => {
    expect(start({ 'package.json': '{}', [name]: text, 'src/api.js': '' })).toEqual(['src/api.js']);
  });

  test.each([
    'FROM node:24\nCMD ["node", "src/api.js"]\n',
    'FROM node:24\nCMD node src/api.js\n',
    'from node:24\ncmd [ "npm", "run", "boot" ]\n',
    'FROM node:24\nENTRYPOINT ["dumb-init", "--"]\nCMD ["node", "dist/api.js"]\n',
    'FROM node:24\nENTRYPOINT ["node"]\nCMD ["src/api.js"]\n',
    'FROM node:24 AS build\r\nCMD ["node", "gone.js"]\r\nFROM node:24\r\nCMD ["node", \\\r\n  "src/api.js"]\r\n',
  ])("the Dockerfile's command: %j", (text) => {
    expect(start({ 'package.json': scripts({ boot: 'node src/api.js' }), Dockerfile: text, 'src/api.js': '' })).toEqual(
      ['src/api.js'],
    );
  });

  test('nothing, when nothing is there', () => {
    expect(start({ 'package.json': scripts({ start: 'node gone.js' }, { main: 'gone.js' }) })).toEqual([]);
  });
});
