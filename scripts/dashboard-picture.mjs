// Draws docs/dashboard.png: node scripts/dashboard-picture.mjs
//
// The fixture that test/e2e/dashboard.test.ts runs on, made by `add` (four workers, Redis, metrics of its own), serves
// for five minutes, with a burst of errors and a worker that is killed. A real Prometheus scrapes it, each query of the
// dashboard is asked, and the answers are drawn with Grafana's own front-end components (@grafana/ui) in headless
// Chromium. Grafana's server and its panel plug-ins are not on npm, so two kinds of panel, the heatmap and the states
// over time, are drawn by dashboard-picture-page.jsx.
//
// It needs root on Debian (prometheus, redis-server, chromium and pngquant are installed where they are missing), and puts 420 MB
// of npm packages into a folder of its own in the temporary folder, once. KEEP=1 takes the answers of the run before.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(tmpdir(), `add-prom-metrics-picture-${userInfo().username}`);
const answersFile = join(cache, 'answers.json');
const picture = join(root, 'docs/dashboard.png');

/** Versions that were tried together. */
const packages = {
  '@grafana/data': '13.2.2',
  '@grafana/e2e-selectors': '13.2.2',
  '@grafana/i18n': '13.2.2',
  '@grafana/schema': '13.2.2',
  '@grafana/ui': '13.2.2',
  react: '18.3.1',
  'react-dom': '18.3.1',
  rxjs: '7.8.2',
};

const seconds = 300;
const rateSeconds = 20;
const stepSeconds = 2;
/** What is drawn: the whole dashboard would be four pages. */
const rows = ['Overview', 'Requests by route', 'Objective', 'Workers'];
const width = 1600;

/** Grafana's ES modules import CommonJS packages as most bundlers do, not as Node does, which their suffix asks for. */
const commonJs = {
  name: 'commonjs',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@grafana\/(data|i18n|schema|ui)(\/unstable)?$/ }, ({ path, kind, resolveDir }) =>
      kind === 'require-call' ? undefined : resolve(path, { kind: 'require-call', resolveDir }),
    );
  },
};

const { setStage, REQUESTS, withVariables, requireDebianPackage, dashboard } = await testSupport();
mkdirSync(cache, { recursive: true, mode: 0o700 });
if (!process.env.KEEP || !existsSync(answersFile)) writeFileSync(answersFile, JSON.stringify(await measure()));
await draw();
console.log(`${picture}: ${Math.round(readFileSync(picture).length / 1024)} KiB`);

/** What the end-to-end test is made of, which is TypeScript. */
async function testSupport() {
  // From here, it finds the fixtures and the CLI as from test/support.
  const folder = join(root, 'node_modules/.dashboard-picture');
  const outfile = join(folder, 'support.mjs');
  const contents = `export { setStage, REQUESTS } from './test/monitoring/grafana/support/stage.ts';
export { withVariables } from './test/monitoring/grafana/support/promql.ts';
export { requireDebianPackage } from './test/support/debian-package.ts';
export { dashboard } from './src/monitoring/grafana/dashboard.ts';`;
  const options = { bundle: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'warning' };
  await build({ ...options, stdin: { contents, resolveDir: root }, outfile });
  try {
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the service under load; gives the dashboard with the answer to each of its queries. */
async function measure() {
  const [prometheus, redis] = await Promise.all([
    requireDebianPackage('prometheus', 'prometheus'),
    requireDebianPackage('redis-server', 'redis-server'),
  ]);
  const stage = await setStage({ prometheus, redis }, { availability: 99, latencySeconds: 0.25, isGiven: true });
  try {
    await underLoad(stage, REQUESTS);
    const made = dashboard(stage.monitoring);
    const end = Math.floor(Date.now() / 1000);
    const variables = {
      application: stage.monitoring.application,
      job: '.+',
      instance: '.+',
      route: '.*',
      __rate_interval: `${rateSeconds}s`,
      __range: `${seconds}s`,
    };
    const answers = {};
    for (const { id, targets = [] } of made.panels) {
      answers[id] = await Promise.all(
        targets.map(({ expr, instant }) => {
          const query = withVariables(expr, variables);
          if (instant) return stage.prometheus.at(query, end);
          return stage.prometheus.over(query, end - seconds, end, stepSeconds);
        }),
      );
    }
    return { dashboard: made, answers, from: (end - seconds) * 1000, to: end * 1000 };
  } finally {
    await stage.stop();
  }
}

/** Traffic that comes and goes, with a few errors, then many for a while, and the death of a worker. */
async function underLoad(stage, requests) {
  const fails = ({ path }) => path === '/orders/13';
  const healthy = requests.filter((request) => !fails(request));
  const usual = [...Array.from({ length: 16 }, () => healthy).flat(), ...requests.filter(fails)];
  const phase = 10;
  for (let second = 0; second < seconds; second += phase) {
    const isBurst = second >= 180 && second < 220;
    const perSecond = 45 + 25 * Math.sin((second / seconds) * 2 * Math.PI) + 10 * Math.random();
    if (second === 100) await stage.killWorker();
    await stage.load(phase, perSecond, isBurst ? requests : usual);
  }
  await sleep(1_500);
}

async function draw() {
  install();
  const page = join(cache, 'page.html');
  await build({
    entryPoints: [join(root, 'scripts/dashboard-picture-page.jsx')],
    nodePaths: [join(cache, 'node_modules')],
    plugins: [commonJs],
    bundle: true,
    minify: true,
    format: 'iife',
    jsx: 'automatic',
    outfile: join(cache, 'page.js'),
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.woff': 'dataurl', '.ttf': 'dataurl', '.png': 'dataurl' },
    logLevel: 'error',
  });
  const input = { ...JSON.parse(readFileSync(answersFile, 'utf8')), rows, width };
  const json = JSON.stringify(input).replaceAll('<', '\\u003c');
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><style>body { margin: 0 !important; }</style><body><div id="root"></div>
<script>window.input = ${json}; window.__grafana_public_path__ = '';</script><script src="page.js"></script></body>`,
  );
  const chromium = await requireDebianPackage('chromium', 'chromium');
  const height = Number(/data-height="(\d+)"/.exec(open(chromium, page, '--dump-dom'))?.[1]);
  if (!(height > 0)) throw new Error('the page drew nothing');
  open(chromium, page, `--screenshot=${picture}`, height);
  // To a palette: the picture is flat colours, and half as big.
  const pngquant = await requireDebianPackage('pngquant', 'pngquant');
  execFileSync(pngquant, ['--force', '--strip', '--nofs', '--output', picture, '128', picture], { timeout: 60_000 });
}

function install() {
  const manifest = join(cache, 'package.json');
  const wanted = JSON.stringify({ private: true, dependencies: packages });
  if (existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted) return;
  writeFileSync(manifest, wanted);
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--no-package-lock'];
  const { status } = spawnSync('npm', ['install', ...flags], { cwd: cache, stdio: 'inherit', timeout: 900_000 });
  if (status === 0) return;
  rmSync(manifest);
  throw new Error('npm install failed');
}

/** Opens the page without a window; gives what Chromium prints. */
function open(chromium, page, option, height = 1000) {
  const flags = ['--headless=new', '--no-sandbox', '--hide-scrollbars', '--allow-file-access-from-files'];
  const size = `--window-size=${width},${height}`;
  const address = pathToFileURL(page).href;
  return execFileSync(chromium, [...flags, size, '--virtual-time-budget=20000', option, address], {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
