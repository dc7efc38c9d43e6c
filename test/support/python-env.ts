import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/** What services are made of: an old and a new generation, each as they were installed together. */
const environments = {
  old: [
    'gunicorn==20.1.0',
    'Flask==2.2.5',
    'Werkzeug==2.2.3',
    'prometheus_client==0.16.0',
    'prometheus_flask_exporter==0.23.2',
    'gevent==24.11.1',
    'redis==4.6.0',
    // gunicorn 20.1 imports pkg_resources.
    'setuptools==69.5.1',
  ],
  new: [
    'gunicorn==27.0.1',
    'Flask==3.1.3',
    'prometheus_client==0.26.0',
    'prometheus_flask_exporter==0.23.2',
    'gevent==26.9.0',
    // gunicorn's gevent worker imports it, and does not ask for it.
    'packaging==26.0',
    'redis==8.1.0',
    'Flask-RESTful==0.3.10',
    'connexion[flask,uvicorn]==3.3.0',
    'flake8==7.3.0',
    'ruff==0.17.5',
  ],
  /** What the guides install. */
  guides: [
    'gunicorn==27.0.1',
    'Flask==3.1.3',
    'prometheus_client==0.26.0',
    'prometheus_flask_exporter==0.23.2',
    'psutil==7.1.0',
  ],
  /** The tool itself; what it installs comes from PyPI, too. */
  uv: ['uv==0.13.8'],
  connexion2: ['connexion[flask]==2.14.2', 'gunicorn==27.0.1', 'prometheus_flask_exporter==0.23.2'],
} as const;

export type PythonEnvironment = keyof typeof environments;

const CACHE = path.join(os.tmpdir(), `add-prom-metrics-python-${os.userInfo().username}`);
const INSTALL_MS = 300_000;
const prepared = new Map<PythonEnvironment, Promise<string>>();

/**
 * The `bin` folder of a virtual environment, which is installed from PyPI once and kept in the temporary folder, under the
 * hash of its requirements.
 */
export function pythonEnvironment(name: PythonEnvironment): Promise<string> {
  let promise = prepared.get(name);
  if (promise === undefined) {
    promise = prepare(name);
    prepared.set(name, promise);
  }
  return promise;
}

async function prepare(name: PythonEnvironment): Promise<string> {
  const python = (await execa('python3', ['--version'])).stdout;
  const hash = createHash('sha256')
    .update(JSON.stringify([python, environments[name]]))
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(CACHE, `${name}-${hash}`);
  // Scripts hold the absolute path of their environment: it cannot be made elsewhere and moved here when it is complete.
  const ready = path.join(folder, 'ready');
  await mkdir(CACHE, { recursive: true, mode: 0o700 });
  while (!existsSync(ready)) await whenAlone(`${folder}.lock`, () => install(name, folder, ready));
  return path.join(folder, 'bin');
}

async function install(name: PythonEnvironment, folder: string, ready: string): Promise<void> {
  if (existsSync(ready)) return;
  await rm(folder, { recursive: true, force: true });
  await execa('python3', ['-m', 'venv', folder], { timeout: INSTALL_MS });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...environments[name]];
  await execa(path.join(folder, 'bin', 'python'), pip, { timeout: INSTALL_MS });
  await writeFile(ready, '');
}

/** Runs `work` unless another test process is at it: then it waits a moment, and gives way to the caller's next look. */
async function whenAlone(lock: string, work: () => Promise<void>): Promise<void> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    await sleep(250);
    return;
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
