import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeFolder, makeRepository } from './support/folders.js';
import { run, runJson } from './support/run.js';
import { sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

interface Case {
  readonly about: string;
  /** `{dir}` stands for the target. */
  readonly args: readonly string[];
  readonly exitCode?: 2 | 3;
  /** What is wrong, and what to do. */
  readonly says: readonly (string | RegExp)[];
  readonly prepare?: (root: string) => void;
}

const tagRule = '--app-tag must be 1 to 63 lower-case letters, digits, "-", "_" or "."';
const pathRule = '--metrics-path must begin with "/" and consist of letters';
const workersRule = '--workers must be a whole number from 1 to 1024';
const help = 'add-prom-metrics --help lists the commands';

const cases: Case[] = [
  { about: 'an unknown flag', args: ['add', '{dir}', '--worker', '4'], says: ["Unknown option '--worker'", help] },
  {
    about: 'an unknown flag of remove',
    args: ['remove', '{dir}', '--workers', '4'],
    says: ["Unknown option '--workers'", help],
  },
  {
    about: 'an unknown command',
    args: ['instal'],
    says: ['instal is not a directory that can be read (ENOENT)', help],
  },
  { about: 'too many arguments', args: ['add', '{dir}', 'other'], says: [/too many arguments/i, help] },
  { about: 'a flag without its value', args: ['add', '{dir}', '--entry'], says: [/argument missing/, help] },
  {
    about: 'an unknown value of --check',
    args: ['add', '{dir}', '--check=all'],
    says: ['Allowed choices are latest', help],
  },
  {
    about: '--check with --dry-run',
    args: ['add', '{dir}', '--check', '--dry-run'],
    says: ['--check and --dry-run contradict each other.', 'Leave one out.'],
  },
  ...['0', 'abc', '5000'].map((workers) => ({
    about: `--workers ${workers}`,
    args: ['add', '{dir}', `--workers=${workers}`],
    says: [workersRule, `it is "${workers}"`],
  })),
  ...['shop"api', "shop'api", 'shop\napi', '{{shop}}', 'a'.repeat(200)].map((tag) => ({
    about: `the tag ${JSON.stringify(tag).slice(0, 30)}`,
    args: ['add', '{dir}', `--app-tag=${tag}`],
    says: [tagRule, `it is ${JSON.stringify(tag).slice(0, 100)}`],
  })),
  ...['metrics', '/met rics'].map((path) => ({
    about: `the scrape path ${JSON.stringify(path)}`,
    args: ['add', '{dir}', `--metrics-path=${path}`],
    says: [pathRule],
  })),
  {
    about: 'a scrape path that is taken',
    args: ['add', '{dir}', '--metrics-path', '/hello'],
    says: ['The app already answers /hello: app.js, line 4.', 'Choose another one: --metrics-path <path>.'],
    prepare: (root) =>
      writeFileSync(
        join(root, 'app.js'),
        "const express = require('express');\n\nconst app = express();\napp.get('/hello', (q, s) => s.end());\napp.listen(1);\n",
      ),
  },
  {
    about: 'another client',
    args: ['add', '{dir}', '--client', 'statsd'],
    says: ['--client must be one of prom-client, @prometheus-io/client'],
  },
  {
    about: 'buckets that fall',
    args: ['add', '{dir}', '--buckets', '1,0.5'],
    says: ['--buckets must be up to 50 rising numbers of seconds'],
  },
  {
    about: 'a broken pattern',
    args: ['add', '{dir}', '--exclude-path', '('],
    says: ['--exclude-path must be regular expressions'],
  },
  {
    about: 'a port out of range',
    args: ['add', '{dir}', '--metrics-port', '70000'],
    says: ['--metrics-port must be a whole number from 1 to 65535'],
  },
  {
    about: 'an entry outside',
    args: ['add', '{dir}', '--entry', '../other/app.js'],
    says: ['../other/app.js lies outside the target directory.', 'give a path inside it'],
  },
  {
    about: 'an absolute entry',
    args: ['add', '{dir}', '--entry', '/etc/hostname'],
    says: ['is not a path relative to the target directory'],
  },
  {
    about: 'an entry that is not there',
    args: ['add', '{dir}', '--entry', 'src/gone.js'],
    says: ['The entry file src/gone.js is not there.', 'Give --entry a path relative to the target.'],
  },
  {
    about: 'an entry that is a folder',
    args: ['add', '{dir}', '--entry', 'src'],
    says: ['src is a directory, not a file.'],
    prepare: (root) => mkdirSync(join(root, 'src')),
  },
  {
    about: 'an entry that is a link that leads out',
    args: ['add', '{dir}', '--entry', 'linked.js'],
    exitCode: 3,
    says: [
      'linked.js is, or lies behind, a symbolic link that leads out of the target directory.',
      'Run the command on',
    ],
    prepare: (root) =>
      symlinkSync(join(makeFolder({ 'app.js': sampleApp['app.js'] ?? '' }), 'app.js'), join(root, 'linked.js')),
  },
  {
    about: 'an entry in a folder that is a link that leads out',
    args: ['add', '{dir}', '--entry', 'shared/app.js'],
    exitCode: 3,
    says: ['shared/app.js is, or lies behind, a symbolic link that leads out'],
    prepare: (root) => symlinkSync(makeFolder({ 'app.js': sampleApp['app.js'] ?? '' }), join(root, 'shared')),
  },
  {
    about: 'an answers file that is not there',
    args: ['add', '{dir}', '--config', '/nowhere/answers.json'],
    says: ['The answers file /nowhere/answers.json cannot be read (ENOENT).', 'Check the path given with --config.'],
  },
  {
    about: 'an answers file that is a folder',
    args: ['add', '{dir}', '--config', '{dir}'],
    says: ['cannot be read (EISDIR).', 'Check the path given with --config.'],
  },
  {
    about: 'an invalid answers file',
    args: ['add', '{dir}', '--config', '{dir}/answers.json'],
    says: ['answers.json is not valid JSON', 'Mend the file, or leave --config out.'],
    prepare: (root) => writeFileSync(join(root, 'answers.json'), '{'),
  },
  {
    about: 'an answers file with an unknown key',
    args: ['add', '{dir}', '--config', '{dir}/answers.json'],
    says: ['answers.json has an unknown answer: tag.', 'Known are appTag, entry, workers'],
    prepare: (root) => writeFileSync(join(root, 'answers.json'), '{"tag":"shop"}'),
  },
  {
    about: 'an answers file with a wrong value',
    args: ['add', '{dir}', '--config', '{dir}/answers.json'],
    says: ['"workers" in', 'answers.json must be a whole number from 1 to 1024; it is 0.'],
    prepare: (root) => writeFileSync(join(root, 'answers.json'), '{"workers":0}'),
  },
  {
    about: 'a record that is none',
    args: ['add', '{dir}'],
    says: ['add-prom-metrics.json: version must be a number.', 'Restore the file from version control'],
    prepare: (root) => writeFileSync(join(root, 'add-prom-metrics.json'), '{}'),
  },
  {
    about: 'a record of a newer version',
    args: ['add', '{dir}'],
    exitCode: 3,
    says: [
      'add-prom-metrics.json was made by a newer version of add-prom-metrics (99.1.0).',
      'npx add-prom-metrics@latest',
    ],
    prepare: (root) =>
      writeFileSync(join(root, 'add-prom-metrics.json'), '{"version":1,"tool":"99.1.0","answers":{},"files":[]}'),
  },
  {
    about: 'a record of a newer version, on removal',
    args: ['remove', '{dir}'],
    exitCode: 3,
    says: ['was made by a newer version of add-prom-metrics (2.0.0)'],
    prepare: (root) =>
      writeFileSync(join(root, 'add-prom-metrics.json'), '{"version":2,"tool":"2.0.0","answers":{},"files":[]}'),
  },
  {
    about: 'no package.json',
    args: ['add', '{dir}/empty'],
    says: ['There is no package.json in empty.', 'add-prom-metrics add <dir>'],
    prepare: (root) => mkdirSync(join(root, 'empty')),
  },
  {
    about: 'a directory that is not there',
    args: ['add', '{dir}/gone'],
    says: ['is not a directory that can be read (ENOENT)', help],
  },
  {
    about: 'a file as directory',
    args: ['add', '{dir}/app.js'],
    says: ['is not a directory that can be read (ENOTDIR)', help],
  },
  {
    about: 'a file as directory, on removal',
    args: ['remove', '{dir}/app.js'],
    says: ['is not a directory that can be read (ENOTDIR)', help],
  },
  {
    about: 'an invalid package.json',
    args: ['add', '{dir}'],
    exitCode: 3,
    says: ['package.json is not valid JSON', 'Mend package.json'],
    prepare: (root) => writeFileSync(join(root, 'package.json'), '{ "name": '),
  },
  {
    about: 'a package.json that is a list',
    args: ['add', '{dir}'],
    exitCode: 3,
    says: ['package.json is not a JSON object.'],
    prepare: (root) => writeFileSync(join(root, 'package.json'), '[]'),
  },
  {
    about: 'a package.json that is not UTF-8',
    args: ['add', '{dir}'],
    exitCode: 3,
    says: ['package.json cannot be read', 'is not UTF-8 text'],
    prepare: (root) => writeFileSync(join(root, 'package.json'), Buffer.from([0x7b, 0xff, 0x7d])),
  },
  {
    about: 'a framework that is not known',
    args: ['add', '{dir}'],
    exitCode: 3,
    says: ['package.json names no framework', 'Supported: Express, Flask.'],
    prepare: (root) => writeFileSync(join(root, 'package.json'), '{"name":"x"}'),
  },
  {
    about: 'a name that no tag can be made of',
    args: ['add', '{dir}'],
    says: [
      '--app-tag is missing, and package.json has no name to take it from.',
      'add-prom-metrics add --app-tag <value>',
    ],
    prepare: (root) => writeFileSync(join(root, 'package.json'), '{"main":"app.js","dependencies":{"express":"5"}}'),
  },
  {
    about: 'a client that is too old',
    args: ['add', '{dir}'],
    exitCode: 3,
    says: ['package.json has prom-client ^11.5.3', 'Update it first'],
    prepare: (root) =>
      writeFileSync(
        join(root, 'package.json'),
        '{"name":"x","main":"app.js","dependencies":{"express":"5","prom-client":"^11.5.3"}}',
      ),
  },
];

describe('bad input ends with its exit code, says what is wrong and what to do, and changes nothing', () => {
  test.each(cases)('$about', async ({ args, exitCode = 2, says, prepare }) => {
    const root = makeRepository(sampleApp);
    prepare?.(root);
    const before = treeOf(root);
    const filled = args.map((arg) => arg.replace('{dir}', root));
    const given =
      filled[0] === 'remove' ? filled : [...filled.slice(0, 1), '--yes', '--no-install', ...filled.slice(1)];

    const { exitCode: code, report, stderr } = await runJson(given);
    expect(code, stderr).toBe(exitCode);
    expect(report.status).toBe(exitCode === 2 ? 'failed' : 'refused');
    expect(report.error?.code).toBe(exitCode === 2 ? 'usage' : 'refused');
    // A person reads the same words on stderr.
    expect(stderr).toMatch(/^error: \S/);
    expect(stderr).not.toMatch(/\n\s+at /);
    for (const words of says) {
      expect(`${report.error?.message}\n${report.error?.hint}`).toMatch(words);
      expect(stderr).toMatch(words);
    }
    expect(treeOf(root)).toEqual(before);
  });
});

test.each([
  ['add', '--workers', '0', 2],
  ['add', '--entry', 'linked.js', 3],
  ['remove', '--worker', '0', 2],
])('%s %s %s without --json prints nothing but the error, on stderr', async (command, flag, value, exitCode) => {
  const root = makeRepository(sampleApp);
  symlinkSync(join(makeFolder({ 'app.js': '' }), 'app.js'), join(root, 'linked.js'));
  const result = await run([command, root, flag, value]);
  expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(/^error: \S/) });
});

test('--verbose adds the stack trace', async () => {
  const { stderr } = await run(['add', makeRepository(sampleApp), '--workers', '0', '--verbose']);
  expect(stderr).toMatch(/\n\s+at /);
});

test('--help and --version print and end well', async () => {
  for (const args of [['--help'], ['add', '--help'], ['remove', '--help'], ['help', 'add']]) {
    const { exitCode, stdout, stderr } = await run(args);
    expect([exitCode, stderr], args.join(' ')).toEqual([0, '']);
    expect(stdout).toContain('Usage: add-prom-metrics');
  }
  expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
