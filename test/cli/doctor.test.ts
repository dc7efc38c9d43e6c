import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES } from '../support/fixture.js';
import { makeFolder, makeRepository } from './support/folders.js';
import { run } from './support/run.js';

const wrong = join(FIXTURES, 'doctor/unbounded-label/wrong-bundle');
const warned = join(FIXTURES, 'doctor/metric-name/wrong-names');
const right = join(FIXTURES, 'doctor/unbounded-label/right-bounded');

test('errors end with 1, warnings and nothing with 0', async () => {
  const [errors, warnings, nothing] = await Promise.all([wrong, warned, right].map((dir) => run(['doctor', dir])));
  expect(errors).toMatchObject({ exitCode: 1, stderr: '', stdout: expect.stringContaining('unbounded-label') });
  expect(errors?.stdout).toMatch(/Why: .*\n[\s\S]*Mend: /);
  expect(warnings).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/0 errors, 10 warnings/) });
  expect(nothing).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/No fault found/) });
});

test('--json prints one document', async () => {
  const { stdout, exitCode } = await run(['doctor', '--json', wrong]);
  const document = JSON.parse(stdout);
  expect(exitCode).toBe(1);
  expect(document).toMatchObject({ version: 1, errors: 5, warnings: 0, skipped: [] });
  expect(document.findings[0]).toEqual({
    rule: 'unbounded-label',
    severity: 'error',
    path: 'app.js',
    line: 6,
    column: expect.any(Number),
    message: expect.any(String),
    why: expect.any(String),
    mend: expect.any(String),
  });
  expect(JSON.parse((await run(['doctor', '--format', 'json', wrong])).stdout)).toEqual(document);
});

test('--format github names files from the root of the repository', async () => {
  const root = makeRepository({
    'services/shop/package.json': '{ "name": "shop" }',
    'services/shop/app.js': "const c = require('prom-client');\nnew c.Counter({ name: 'orders', help: 'Orders' });\n",
  });
  const { stdout, exitCode } = await run(['doctor', '--format', 'github', join(root, 'services/shop')]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^::warning file=services\/shop\/app\.js,line=2,col=1,title=metric-name::the counter orders/);
});

test('a file that cannot be parsed is named beside the findings', async () => {
  const root = makeFolder({ 'a.js': "require('prom-client'); const = 1;\n" });
  const { stdout, exitCode } = await run(['doctor', root]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/a\.js:1 was left out: it is not valid/);
});

test.each([
  [['doctor', '/nowhere/at/all'], /not a directory/],
  [['doctor', '--format', 'xml', '.'], /xml/],
  [['doctor', '--json', '--format', 'github', '.'], /two formats/],
  [['doctor', '--fix', '.'], /unknown option/i],
])('%j is a bad call', async (args, words) => {
  const { exitCode, stderr } = await run(args);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(words);
});

test('a bad call with --json prints the document of a failure', async () => {
  const { exitCode, stdout } = await run(['doctor', '--json', '/nowhere/at/all']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, error: { code: 'usage' } });
});
