import { describe, expect, test } from 'vitest';
import { planPm2 } from '../../../../src/targets/node/serving/pm2-edits.js';
import type { Texts } from '../../../cli/support/folders.js';
import { planOn } from './support.js';

const plan = (files: Texts, count = 4) =>
  planOn({ 'server.js': '', 'job.js': '', ...files }, (project, workspace) =>
    planPm2(project, 'server.js', count, workspace),
  );

const lines = (...texts: readonly string[]): string => `${texts.join('\n')}\n`;

describe('planPm2 sets instances and exec_mode in a process file', () => {
  const file = 'ecosystem.config.js';
  test.each<[string, string, string, string?]>([
    [
      'what is there is replaced where it stands',
      lines(
        'module.exports = {',
        '  apps: [',
        '    {',
        "      name: 'api', // the API",
        "      script: './server.js',",
        "      exec_mode: 'fork',",
        '      instances: 1,',
        '    },',
        '  ],',
        '};',
      ),
      lines(
        'module.exports = {',
        '  apps: [',
        '    {',
        "      name: 'api', // the API",
        "      script: './server.js',",
        "      exec_mode: 'cluster',",
        '      instances: 4,',
        '    },',
        '  ],',
        '};',
      ),
    ],
    [
      'what is missing comes last, with the trailing comma of the others',
      lines('module.exports = {', '  apps: [{', "    script: 'server.js', // start", '  }],', '};'),
      lines(
        'module.exports = {',
        '  apps: [{',
        "    script: 'server.js', // start",
        '    instances: 4,',
        "    exec_mode: 'cluster',",
        '  }],',
        '};',
      ),
    ],
    [
      'without trailing commas, behind a comment',
      lines('module.exports = { apps: [{', '\tname: "api",', '\tscript: "server.js" // start', '}] }'),
      lines(
        'module.exports = { apps: [{',
        '\tname: "api",',
        '\tscript: "server.js", // start',
        '\tinstances: 4,',
        '\texec_mode: "cluster"',
        '}] }',
      ),
    ],
    [
      'on one line',
      "module.exports = { apps: [{ script: 'server.js', name: 'api' }] };\n",
      "module.exports = { apps: [{ script: 'server.js', name: 'api', instances: 4, exec_mode: 'cluster' }] };\n",
    ],
    [
      'on one line with a trailing comma, and no spaces after colons',
      "module.exports = {apps:[{script:'server.js',}]};\n",
      "module.exports = {apps:[{script:'server.js', instances:4, exec_mode:'cluster',}]};\n",
    ],
    [
      'commas first',
      lines('module.exports = { apps: [', "  { script: 'server.js'", "  , name: 'api'", '  }', ']}'),
      lines(
        'module.exports = { apps: [',
        "  { script: 'server.js'",
        "  , name: 'api'",
        '  , instances: 4',
        "  , exec_mode: 'cluster'",
        '  }',
        ']}',
      ),
    ],
    [
      'behind a nested object, in quotes like the other names',
      lines('module.exports = [{', "  'script': 'server.js',", "  'env': {", '    A: 1', '  }', '}]'),
      lines(
        'module.exports = [{',
        "  'script': 'server.js',",
        "  'env': {",
        '    A: 1',
        '  },',
        "  'instances': 4,",
        "  'exec_mode': 'cluster'",
        '}]',
      ),
    ],
    [
      'behind names, by its alias; a mode that is right stays',
      lines(
        'const api = {',
        "  exec: 'server.js',",
        "  execMode: 'cluster_mode',",
        "  instances: 'max',",
        '};',
        'exports.apps = [api];',
      ),
      lines(
        'const api = {',
        "  exec: 'server.js',",
        "  execMode: 'cluster_mode',",
        '  instances: 4,',
        '};',
        'exports.apps = [api];',
      ),
    ],
    [
      'the app among others, CRLF kept',
      "module.exports = {\r\n  apps: [\r\n    { script: 'job.js', instances: 1 },\r\n    {\r\n      script: 'server.js'\r\n    }\r\n  ]\r\n}\r\n",
      "module.exports = {\r\n  apps: [\r\n    { script: 'job.js', instances: 1 },\r\n    {\r\n      script: 'server.js',\r\n      instances: 4,\r\n      exec_mode: 'cluster'\r\n    }\r\n  ]\r\n}\r\n",
    ],
    [
      'in another working folder and without an extension',
      "export default { apps: [{ cwd: './', script: 'server', interpreter: '/usr/bin/node' }] };\n",
      "export default { apps: [{ cwd: './', script: 'server', interpreter: '/usr/bin/node', instances: 4, exec_mode: 'cluster' }] };\n",
      'ecosystem.config.mjs',
    ],
    [
      'JSON',
      lines('{', '  "apps": [', '    {', '      "script": "server.js",', '      "instances": 2', '    }', '  ]', '}'),
      lines(
        '{',
        '  "apps": [',
        '    {',
        '      "script": "server.js",',
        '      "instances": 4,',
        '      "exec_mode": "cluster"',
        '    }',
        '  ]',
        '}',
      ),
      'ecosystem.json',
    ],
    [
      'JSON with comments, in one object, with a byte order mark',
      '\uFEFF{ "script": "server.js", /* all of them */ "instances": "max" }\n',
      '\uFEFF{ "script": "server.js", /* all of them */ "instances": 4, "exec_mode": "cluster" }\n',
      'process.json',
    ],
  ])('%s', (_, before, after, path = file) => {
    const { read, manual, canBeTakenBack } = plan({ [path]: before });
    expect(read(path)).toBe(after);
    expect(manual).toEqual([]);
    expect(canBeTakenBack).toBe(true);
  });

  test('one process keeps its mode', () => {
    const text = "module.exports = { apps: [{ script: 'server.js', instances: 4 }] };\n";
    expect(plan({ [file]: text }, 1).read(file)).toBe(text.replace('4', '1'));
  });
});

describe('planPm2 leaves a process file to the user', () => {
  const path = 'ecosystem.config.js';
  test.each<[string, string, string]>([
    ['a spread', "module.exports = { apps: [{ ...base, script: 'server.js' }] };", 'not written out'],
    [
      'a computed number',
      "module.exports = { apps: [{ script: 'server.js', instances: process.env.N || 2 }] };",
      'not written out',
    ],
    [
      'a number by name',
      "const n = 2;\nmodule.exports = { apps: [{ script: 'server.js', instances: n }] };",
      'not written out',
    ],
    [
      'a computed name',
      "module.exports = { apps: [{ script: 'server.js', ['inst' + 'ances']: 2 }] };",
      'not written out',
    ],
    ['a method', "module.exports = { apps: [{ script: 'server.js', args() {} }] };", 'not written out'],
    ['computed apps', "module.exports = { apps: ['server.js'].map((script) => ({ script })) };", 'computed'],
    ['a function', "module.exports = () => ({ apps: [{ script: 'server.js' }] });", 'computed'],
    [
      'several apps for one file',
      "module.exports = { apps: [{ script: 'server.js' }, { script: './server.js' }] };",
      'several',
    ],
    ['npm', "module.exports = { apps: [{ script: 'npm', args: 'start' }] };", 'none of its apps names server.js'],
    ['another interpreter', "module.exports = { apps: [{ script: 'server.js', interpreter: 'bun' }] };", 'not of bun'],
    ['syntax errors', "module.exports = { apps: [{ script: 'server.js' };", 'not valid'],
  ])('%s', (_, text, reason) => {
    const { read, manual } = plan({ [path]: text });
    expect(read(path)).toBe(text);
    expect(manual).toEqual([
      { path, reason: expect.stringContaining(reason), snippet: "instances: 4,\nexec_mode: 'cluster'," },
    ]);
  });

  test('YAML, with the lines in YAML', () => {
    const manifest = JSON.stringify({ scripts: { start: 'pm2 start pm2.yml' } });
    const { manual } = plan({ 'package.json': manifest, 'pm2.yml': 'apps:\n  - script: server.js\n' });
    expect(manual).toMatchObject([{ path: 'pm2.yml', snippet: 'instances: 4\nexec_mode: cluster' }]);
  });
});

describe('planPm2 sets the number in pm2 commands', () => {
  test.each([
    ['pm2 start server.js', 'pm2 start server.js -i 4'],
    ['pm2 start server.js -i 2 --name api', 'pm2 start server.js -i 4 --name api'],
    ['pm2 start -i max server.js', 'pm2 start -i 4 server.js'],
    ['pm2-runtime ./server.js --instances=2', 'pm2-runtime ./server.js --instances=4'],
    ['pm2-runtime start server.js --instances 0 -- --port 1', 'pm2-runtime start server.js --instances 4 -- --port 1'],
    ['npm run build && pm2 start "server.js"', 'npm run build && pm2 start "server.js" -i 4'],
    ['pm2 start server.js -i4', 'pm2 start server.js -i4'],
    ['pm2 start server.js --watch', 'pm2 start server.js --watch'],
    ['pm2 start job.js', 'pm2 start job.js'],
    ['pm2 restart server.js', 'pm2 restart server.js'],
  ])('%s', (before, after) => {
    const manifest = (start: string) => JSON.stringify({ scripts: { start } }, null, 2);
    const { read, manual, canBeTakenBack } = plan({ 'package.json': manifest(before) });
    expect(read('package.json')).toBe(manifest(after));
    expect(manual).toEqual([]);
    expect(canBeTakenBack).toBe(true);
  });

  test.each(['pm2 start npm -- start', 'pm2 start "npm run serve"', 'pm2 start server.js --interpreter bun'])(
    'not in %s',
    (start) => {
      const manifest = JSON.stringify({ scripts: { start } });
      const { read, manual } = plan({ 'package.json': manifest });
      expect(read('package.json')).toBe(manifest);
      expect(manual).toMatchObject([{ path: 'package.json', snippet: 'pm2-runtime server.js -i 4' }]);
    },
  );
});
