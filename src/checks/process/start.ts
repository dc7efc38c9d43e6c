import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, UsageError } from '../../errors.js';
import { CheckError } from '../check.js';
import type { StartedService } from '../service.js';
import { parseCommand, type StartCommand } from './command.js';
import { endAll } from './ending.js';
import { type Launched, launch } from './launch.js';
import { lastLines } from './log.js';
import { accepts, portOf } from './port.js';
import { portsOf, servingProcesses } from './workers.js';

const listenMs = 30_000;
const closeMs = 2_000;
const pollMs = 50;

export interface StartOptions {
  /** Absolute path of the folder to run it in: the target. */
  readonly cwd: string;
  /** The metrics endpoint. */
  readonly url: URL;
  /** Where the service itself answers, when its metrics have a port of their own. */
  readonly appUrl?: URL;
  /** Ends the service when it is aborted. */
  readonly signal: AbortSignal;
  /** More variables; over ours, of which PORT is one, and METRICS_PORT, when the metrics have a port of their own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a service and waits, for 30 s at most, until its port accepts connections, and that of its metrics. Whatever comes below it, daemons
 * included, is ended by `stop`, by the signal, and when this process ends in any way but by SIGKILL.
 *
 * @param command run without a shell unless it needs one; see parseCommand
 * @throws UsageError when the command cannot be run, or something listens on the port already
 * @throws CheckError with the last lines that it printed, when it ends or does not listen; its log stays, and is named
 * @throws CancelledError when the signal is aborted
 */
export async function startService(command: string, options: StartOptions): Promise<StartedService> {
  if (process.platform === 'win32') {
    throw new UsageError('--start does not work on Windows.', 'Start the service yourself, and give --url.');
  }
  const parsed = parseCommand(command);
  for (const url of urlsOf(options)) {
    if (!(await accepts(url))) continue;
    throw new UsageError(
      `Something listens on port ${portOf(url)} already, before the service was started.`,
      'End it, or give a free port in --url; to check what is running, leave --start out.',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'add-prom-metrics-'));
  const service = new Started(parsed, options, join(folder, 'service.log'));
  try {
    await service.start({});
  } catch (error) {
    if (!(error instanceof CheckError)) service.removeLog();
    throw error;
  }
  return service;
}

/** Where it listens: the service itself first. */
function urlsOf({ url, appUrl = url }: StartOptions): readonly [URL, ...URL[]] {
  return portOf(appUrl) === portOf(url) ? [appUrl] : [appUrl, url];
}

class Started implements StartedService {
  readonly log: string;
  readonly #command: StartCommand;
  readonly #options: StartOptions;
  readonly #abort = () => void this.stop().catch(() => undefined);
  #launched: Launched | undefined;
  #listensSince = 0;
  #stopped = false;

  constructor(command: StartCommand, options: StartOptions, log: string) {
    this.#command = command;
    this.#options = options;
    this.log = log;
  }

  get pid(): number {
    return this.#launched?.pid ?? 0;
  }

  get listensSince(): number {
    return this.#listensSince;
  }

  /** Leaves nothing running when it fails. */
  async start(env: Readonly<Record<string, string>>): Promise<void> {
    const { cwd, signal } = this.#options;
    const [app, metrics] = urlsOf(this.#options);
    this.#stopIfOver();
    signal.addEventListener('abort', this.#abort, { once: true });
    const ports: Record<string, string> = metrics === undefined ? {} : { METRICS_PORT: String(portOf(metrics)) };
    const all = { ...ports, ...this.#options.env, ...env };
    try {
      this.#launched = await launch(this.#command, { cwd, port: portOf(app), log: this.log, env: all });
      for (const url of urlsOf(this.#options)) {
        await untilItListens(this.#launched, url, this.log, () => this.#stopIfOver());
      }
      this.#listensSince = performance.now();
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  workers(): readonly number[] | undefined {
    const tree = this.#launched?.tree;
    return tree === undefined ? undefined : servingProcesses(tree.find(), portOf(urlsOf(this.#options)[0]));
  }

  kill(pid: number, signal: NodeJS.Signals): void {
    const tree = this.#launched?.tree;
    tree?.find();
    if (tree === undefined || !tree.signal(pid, signal)) {
      throw new Error(`process ${pid} is not below the service that was started`);
    }
  }

  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#end();
    for (const url of urlsOf(this.#options)) {
      if (await closes(url)) continue;
      throw new CheckError(
        `port ${portOf(url)} still accepts connections after every process of the service was ended`,
        'Something outside of what --start began serves this port, such as a container.',
      );
    }
    await this.start(env);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#end();
  }

  removeLog(): void {
    rmSync(dirname(this.log), { recursive: true, force: true });
  }

  #stopIfOver(): void {
    if (this.#stopped || this.#options.signal.aborted) throw new CancelledError();
  }

  async #end(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#abort);
    if (this.#launched !== undefined) await endAll(this.#launched);
    rmSync(join(dirname(this.log), 'pm2'), { recursive: true, force: true });
  }
}

/** Whether nothing accepts connections any more, at once or a moment later. */
async function closes(url: URL): Promise<boolean> {
  for (const end = Date.now() + closeMs; await accepts(url); await sleep(pollMs)) if (Date.now() > end) return false;
  return true;
}

async function untilItListens(launched: Launched, url: URL, log: string, stopIfOver: () => void): Promise<void> {
  const deadline = Date.now() + listenMs;
  while (!(await accepts(url))) {
    stopIfOver();
    const ended = howItEnded(launched);
    if (ended !== undefined) throw notServing(`the service ended with ${ended} before it listened`, url, log);
    if (Date.now() > deadline) throw notServing(`no connection within ${listenMs / 1000} s`, url, log, launched);
    await sleep(pollMs);
  }
  stopIfOver();
}

/** Undefined while it may come to serve: a command that ends well may have left a daemon behind (`pm2 start`). */
function howItEnded({ child, tree }: Launched): string | undefined {
  if (child.signalCode !== null) return child.signalCode;
  if (child.exitCode === null) return undefined;
  return child.exitCode === 0 && tree?.find().length !== 0 ? undefined : `exit code ${child.exitCode}`;
}

function notServing(what: string, url: URL, log: string, launched?: Launched): CheckError {
  const others = portsOf(launched?.tree?.find() ?? []);
  const elsewhere =
    others.length === 0
      ? ''
      : `It listens on ${others.join(', ')}: the service is told its port in the variable PORT, or give its own in --url. `;
  const printed = lastLines(log);
  return new CheckError(
    `${what} on port ${portOf(url)}`,
    `${elsewhere}${printed === '' ? 'It printed nothing.' : `It printed last:\n${printed}`}\nAll of it: ${log}`,
  );
}
