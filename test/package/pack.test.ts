import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitAll, git, gitStatus, writeFiles } from '../cli/support/folders.js';
import { environment } from '../cli/support/run.js';
import { sampleApp } from '../cli/support/sample-app.js';
import { samplesOf, sumOf } from '../support/exposition.js';
import { send } from '../support/http-client.js';
import { startApp } from '../support/running-app.js';
import { scrapeSettled } from '../support/traffic.js';
import { nodeOfVersion } from './support/node-version.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder = '';
/** The files of the tarball. */
let packed: string[] = [];
/** The CLI, installed from the tarball as a user would. */
let cli = '';
/** The sample app with its dependencies installed, the metrics client among them. */
let app = '';

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'apm-pack-')));
  const { stdout } = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  const [tarball] = Object.values(
    JSON.parse(stdout) as Record<string, { filename: string; files: { path: string }[] }>,
  );
  packed = (tarball?.files ?? []).map(({ path }) => path).sort();
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  await npm(tools, 'install', '--omit=dev', '--prefer-offline', '--no-save', join(folder, tarball?.filename ?? ''));
  cli = join(tools, 'node_modules/add-prom-metrics/bin/add-prom-metrics.js');
  app = makeApp('app');
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: string[]) {
  return execa('npm', [...args, '--no-audit', '--no-fund'], {
    cwd,
    env: environment(),
    extendEnv: false,
    timeout: 240_000,
  });
}

function makeApp(name: string): string {
  const target = join(folder, name);
  writeFiles(target, sampleApp);
  git(target, 'init', '--quiet');
  commitAll(target);
  return target;
}

function runCli(node: string, ...args: string[]) {
  return execa(node, [cli, ...args], {
    cwd: folder,
    env: environment(),
    extendEnv: false,
    reject: false,
    timeout: 240_000,
  });
}

/** Boots the app, sends it traffic, and compares what it counts. */
async function expectCounts(node: string, target: string): Promise<void> {
  const running = await startApp({ command: [node, 'app.js'], cwd: target });
  try {
    for (let time = 0; time < 25; time += 1) await send(running, { method: 'GET', path: '/' });
    for (let time = 0; time < 3; time += 1) await send(running, { method: 'GET', path: `/gone/${time}` });
    const exposition = await scrapeSettled(running, 28);
    expect(sumOf(exposition, 'http_requests_total'), running.output()).toBe(28);
    expect(sumOf(exposition, 'http_requests_total', { route: '/', status_code: '200', application: 'shop-api' })).toBe(
      25,
    );
    expect(sumOf(exposition, 'http_requests_total', { route: '<unmatched>', status_code: '404' })).toBe(3);
    expect(samplesOf(exposition, 'process_cpu_user_seconds_total')).toHaveLength(1);
  } finally {
    await running.stop();
  }
}

describe('the tarball', () => {
  test('has what the CLI needs, and nothing else', () => {
    const always = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/add-prom-metrics.js', 'package.json'];
    const forms = ['js-cjs', 'js-esm', 'ts'];
    const allowed = [
      /^dist\/[\w-]+\.js$/,
      /^dist\/(?:tree-sitter-python\.wasm|(?:tree-sitter-python|yaml|smol-toml)\.LICENSE)$/,
      /^dist\/templates\/flask\/[\w.-]+\.py(?:\.hbs\.cjs)?$/,
      ...forms.map((form) => new RegExp(`^dist/templates/${form}/[\\w.-]+$`)),
    ];
    const foreign = packed.filter((path) => !always.includes(path) && !allowed.some((pattern) => pattern.test(path)));
    expect(foreign).toEqual([]);
    expect(packed).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'bin/add-prom-metrics.js', 'dist/cli.js', 'package.json']),
    );
    // Sources that stand in for a template with holes are for the type checker only.
    const standIns = packed.filter((path) => packed.includes(`${path}.hbs.cjs`));
    expect(standIns).toEqual([]);
    for (const form of forms) {
      const files = packed.filter((path) => path.startsWith(`dist/templates/${form}/`));
      expect(files.length, form).toBeGreaterThanOrEqual(8);
    }
  });

  test('brings no development dependency along', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: object };
    const needed = new Set(['typescript']);
    const installed = readdirSync(join(folder, 'tools/node_modules'));
    const development = Object.keys(manifest.devDependencies).filter((name) => !needed.has(name));
    expect(installed.filter((name) => development.includes(name))).toEqual([]);
  });

  test('names no place of the machine that made it', () => {
    const files = packed.filter((path) => path.startsWith('dist/'));
    const texts = files.map((path) => readFileSync(join(folder, 'tools/node_modules/add-prom-metrics', path), 'utf8'));
    expect(texts.filter((text) => text.includes(root))).toEqual([]);
  });
});

describe('the main job with the installed package', () => {
  test('edits, installs, boots and counts; a second run changes nothing; remove gives everything back', async () => {
    const added = await runCli(process.execPath, 'add', app, '--yes');
    expect(added.exitCode, added.stderr).toBe(0);
    expect(existsSync(join(app, 'node_modules/prom-client'))).toBe(true);
    await expectCounts(process.execPath, app);

    const second = await runCli(process.execPath, 'add', app, '--check');
    expect(second.exitCode, second.stdout).toBe(0);

    const removed = await runCli(process.execPath, 'remove', app, '--yes', '--no-install');
    expect(removed.exitCode, removed.stderr).toBe(0);
    // npm made it; it was not there before, so it is not ours to delete.
    rmSync(join(app, 'package-lock.json'));
    expect(gitStatus(app)).toBe('');
  });

  test.each([22, 24])('on Node %d, too', async (major) => {
    const node = await nodeOfVersion(major);
    expect((await execa(node, ['--version'])).stdout).toMatch(new RegExp(`^v${major}\\.`));
    const target = makeApp(`app-${major}`);
    cpSync(join(app, 'node_modules'), join(target, 'node_modules'), { recursive: true });
    const added = await runCli(node, 'add', target, '--yes', '--no-install');
    expect(added.exitCode, added.stderr).toBe(0);
    expect(added.stderr).toBe('');
    await expectCounts(node, target);
    const removed = await runCli(node, 'remove', target, '--yes', '--no-install');
    expect(removed.exitCode, removed.stderr).toBe(0);
    expect(gitStatus(target)).toBe('');
  });
});
