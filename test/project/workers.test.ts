import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { parseManifest } from '../../src/project/manifest.js';
import { detectServing } from '../../src/project/workers.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const scripts = (given: object): string => JSON.stringify({ scripts: given });
const cluster = (fork: string): string => `const cluster = require('node:cluster');\n${fork}\n`;

describe('detectServing', () => {
  test.each<[string, Texts, { by: string; workers: number; path: string | undefined }]>([
    [
      'one process',
      { 'package.json': scripts({ start: 'node app.js' }) },
      { by: 'single', workers: 1, path: undefined },
    ],
    [
      'a PM2 file in JavaScript',
      { 'ecosystem.config.js': 'module.exports = { apps: [{ script: "app.js", instances: 4 }] };' },
      { by: 'pm2', workers: 4, path: 'ecosystem.config.js' },
    ],
    [
      'a PM2 file in JSON with comments',
      { 'pm2.config.json': '{ "apps": [{ /* four */ "instances": "4" }] }' },
      { by: 'pm2', workers: 4, path: 'pm2.config.json' },
    ],
    [
      'a PM2 file without a number',
      { 'process.json': '{ "apps": [] }' },
      { by: 'pm2', workers: 1, path: 'process.json' },
    ],
    [
      'a PM2 file with as many as there are processors',
      { 'ecosystem.config.cjs': "module.exports = { apps: [{ instances: 'max', exec_mode: 'cluster' }] };" },
      { by: 'pm2', workers: 2, path: 'ecosystem.config.cjs' },
    ],
    [
      'instances: 0, which means all processors',
      { 'ecosystem.json': '{"apps":[{"instances":0}]}' },
      { by: 'pm2', workers: 2, path: 'ecosystem.json' },
    ],
    [
      'instances: -1, all but one',
      { 'ecosystem.json': '{"apps":[{"instances":-1}]}' },
      { by: 'pm2', workers: 2, path: 'ecosystem.json' },
    ],
    [
      'pm2 -i 3',
      { 'package.json': scripts({ start: 'pm2 start app.js -i 3' }) },
      { by: 'pm2', workers: 3, path: 'package.json' },
    ],
    [
      'pm2-runtime --instances=8',
      { 'package.json': scripts({ start: 'pm2-runtime app.js --instances=8' }) },
      { by: 'pm2', workers: 8, path: 'package.json' },
    ],
    [
      'pm2 -i max',
      { 'package.json': scripts({ start: 'pm2 start app.js -i max' }) },
      { by: 'pm2', workers: 2, path: 'package.json' },
    ],
    [
      'a pm2 command after others of its kind',
      { 'package.json': scripts({ stop: 'pm2 stop api', logs: 'pm2 logs', start: 'pm2 start app.js -i 5' }) },
      { by: 'pm2', workers: 5, path: 'package.json' },
    ],
    [
      'cluster code with a number',
      { 'app.js': cluster('for (let i = 0; i < 6; i++) { cluster.fork(); }') },
      { by: 'cluster', workers: 6, path: 'app.js' },
    ],
    [
      'cluster code without one: at least two',
      { 'app.js': cluster('for (const cpu of os.cpus()) cluster.fork();') },
      { by: 'cluster', workers: 2, path: 'app.js' },
    ],
    [
      'cluster, but no fork',
      { 'app.js': cluster('console.log(cluster.isPrimary);') },
      { by: 'single', workers: 1, path: undefined },
    ],
    [
      'a fork of child_process',
      { 'app.js': "const { fork } = require('child_process'); fork('./job.js');" },
      { by: 'single', workers: 1, path: undefined },
    ],
  ])('%s', (_, files, serving) => {
    const workspace = new Workspace(makeFolder(files));
    const reached = Object.entries(files)
      .filter(([path]) => path === 'app.js')
      .map(([path, text]) => ({ path, text, depth: 0 }));
    const manifest = parseManifest(files['package.json'] ?? '{}', 'package.json');
    expect(detectServing(workspace, manifest, reached)).toEqual(serving);
  });
});
