import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { reachedFiles } from '../../src/project/import-graph.js';
import { parseManifest } from '../../src/project/manifest.js';
import { readTypescriptConfig } from '../../src/project/tsconfig.js';
import { detectServing } from '../../src/project/workers.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const app = 'app.js';
const plain: Texts = { [app]: "require('express')().listen(3000);\n" };
const scripts = (given: object): string => JSON.stringify({ scripts: given });
const cluster = (fork: string): Texts => ({ [app]: `const cluster = require('node:cluster');\n${fork}\n` });
const pm2 = (text: string, path = 'ecosystem.config.js'): Texts => ({ ...plain, [path]: text });

describe('detectServing', () => {
  const single = { by: 'single', workers: 1, path: undefined };
  const inPm2 = (workers: number, path = 'ecosystem.config.js') => ({ by: 'pm2', workers, path });
  const inCluster = (workers: number, path = app) => ({ by: 'cluster', workers, path });

  test.each<[string, Texts, object]>([
    ['one process', { ...plain, 'package.json': scripts({ start: 'node app.js' }) }, single],
    ['a PM2 file', pm2('module.exports = { apps: [{ script: "app.js", instances: 4 }] };'), inPm2(4)],
    [
      'a number as text',
      pm2('{ "apps": [{ "script": "app.js", "instances": "4" }] }', 'pm2.json'),
      inPm2(4, 'pm2.json'),
    ],
    [
      'JSON with comments',
      pm2('{ "apps": [{ /* four */ "script": "app.js", "instances": 4 }] }', 'pm2.config.json'),
      inPm2(4, 'pm2.config.json'),
    ],
    [
      'a PM2 file without a number',
      pm2('{ "apps": [{ "script": "app.js" }] }', 'process.json'),
      inPm2(1, 'process.json'),
    ],
    ['an empty PM2 file', pm2('{ "apps": [] }', 'process.json'), inPm2(1, 'process.json')],
    ['a list without apps', pm2('[{ "script": "./app" , "instances": 3 }]', 'process.json'), inPm2(3, 'process.json')],
    ['one app without a list', pm2('{ "script": "app.js", "instances": 3 }', 'process.json'), inPm2(3, 'process.json')],
    ['all processors', pm2("module.exports = { apps: [{ script: './app.js', instances: 'max' }] };"), inPm2(2)],
    ['0, which means the same', pm2('module.exports = { apps: [{ script: "app.js", instances: 0 }] };'), inPm2(2)],
    ['all but one', pm2('module.exports = { apps: [{ script: "app.js", instances: -1 }] };'), inPm2(2)],
    [
      'the fallback of a variable',
      pm2('module.exports = { apps: [{ script: "app.js", instances: process.env.N || 6 }] };'),
      inPm2(6),
    ],
    [
      'apps and numbers behind names',
      pm2('const n = 5;\nconst apps = [{ script: "app.js", instances: n }];\nmodule.exports = { apps };'),
      inPm2(5),
    ],
    [
      'an ES module',
      pm2('export default { apps: [{ script: "app.js", instances: 3 }] };', 'ecosystem.config.mjs'),
      inPm2(3, 'ecosystem.config.mjs'),
    ],
    [
      'the app among others',
      {
        ...pm2('module.exports = { apps: [{ script: "job.js", instances: 9 }, { script: "app.js", instances: 2 }] };'),
        'job.js': '',
      },
      inPm2(2),
    ],
    [
      'a PM2 file for other things only',
      { ...pm2('module.exports = { apps: [{ script: "job.js", instances: 9 }] };'), 'job.js': '' },
      single,
    ],
    ['an app that npm starts', pm2('module.exports = { apps: [{ script: "npm", args: "start" }] };'), inPm2(1)],
    [
      'computed apps',
      pm2('module.exports = { apps: names.map((name) => ({ name, script: name + ".js" })) };'),
      inPm2(1),
    ],
    [
      'a process file that a script names',
      {
        ...pm2('{ "script": "app.js", "instances": 7 }', 'deploy/api.json'),
        'package.json': scripts({ up: 'pm2 start deploy/api.json --env production' }),
      },
      inPm2(7, 'deploy/api.json'),
    ],
    ['pm2 -i 3', { ...plain, 'package.json': scripts({ start: 'pm2 start app.js -i 3' }) }, inPm2(3, 'package.json')],
    [
      'options before the file',
      { ...plain, 'package.json': scripts({ start: 'pm2 start -n api -i 3 app.js' }) },
      inPm2(3, 'package.json'),
    ],
    [
      'pm2-runtime --instances=8',
      { ...plain, 'package.json': scripts({ start: 'pm2-runtime app.js --instances=8' }) },
      inPm2(8, 'package.json'),
    ],
    [
      'pm2 -i max',
      { ...plain, 'package.json': scripts({ start: 'pm2 start app.js -i max' }) },
      inPm2(2, 'package.json'),
    ],
    [
      'a pm2 command after others of its kind',
      { ...plain, 'package.json': scripts({ stop: 'pm2 stop api', logs: 'pm2 logs', start: 'pm2 start app.js -i 5' }) },
      inPm2(5, 'package.json'),
    ],
    [
      'pm2 commands that start nothing',
      { ...plain, 'package.json': scripts({ stop: 'pm2 stop api', monit: 'pm2 monit' }) },
      single,
    ],
    [
      'a pm2 command for another file',
      { ...plain, 'job.js': '', 'package.json': scripts({ job: 'pm2 start job.js -i 4' }) },
      single,
    ],
    [
      'pm2-runtime in the Dockerfile',
      { ...plain, Dockerfile: 'FROM node\nCMD ["pm2-runtime", "app.js", "-i", "4"]\n' },
      inPm2(4, 'Dockerfile'),
    ],
    ['a loop', cluster('for (let i = 0; i < 6; i++) { cluster.fork(); }'), inCluster(6)],
    ['a loop from one on', cluster('for (let i = 1; i <= 6; i++) cluster.fork();'), inCluster(6)],
    [
      'a loop over a constant',
      cluster('const n = Number(process.env.N) || 3;\nfor (let i = 0; i < n; i++) cluster.fork();'),
      inCluster(3),
    ],
    [
      'a fallback in a loop',
      cluster('const n = process.env.N || 3;\nfor (let i = 0; i < n; i++) cluster.fork();'),
      inCluster(3),
    ],
    ['processors: at least two', cluster('for (const cpu of os.cpus()) cluster.fork();'), inCluster(2)],
    [
      'forks one by one, and one for a dead worker',
      cluster("cluster.on('exit', () => cluster.fork());\ncluster.fork();\ncluster.fork();\ncluster.fork();"),
      inCluster(3),
    ],
    [
      'a fork under another name',
      { [app]: "const { fork: start } = require('cluster');\nstart();\nstart();" },
      inCluster(2),
    ],
    [
      'an import',
      { [app]: "import cluster from 'node:cluster';\nfor (let i = 0; i < 4; i += 1) cluster.fork();" },
      inCluster(4),
    ],
    [
      'a package that forks',
      { [app]: "const throng = require('throng');\nthrong({ workers: 4, worker });" },
      inCluster(2),
    ],
    [
      'a file beside the start',
      { ...plain, 'cluster.js': cluster('for (let i = 0; i < 4; i++) cluster.fork();')[app] ?? '' },
      inCluster(4, 'cluster.js'),
    ],
    ['cluster, but no fork', cluster('console.log(cluster.isPrimary);'), single],
    ['a fork of child_process', { [app]: "const { fork } = require('child_process'); fork('./job.js');" }, single],
    ['a fork in a comment', { [app]: "// cluster.fork() of require('cluster')\n" }, single],
  ])('%s', (_, files, serving) => {
    const root = makeFolder(files);
    const workspace = new Workspace(root);
    const typescript = readTypescriptConfig(root, '.');
    const manifest = parseManifest(files['package.json'] ?? '{}', 'package.json');
    const reached = [...reachedFiles(workspace, app, typescript)];
    expect(detectServing({ files: workspace, manifest, typescript }, reached)).toEqual(serving);
  });
});
