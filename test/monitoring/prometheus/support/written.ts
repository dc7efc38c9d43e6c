import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import type { MonitoringFile } from '../../../../src/monitoring/monitoring.js';

/** A folder that is removed when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'monitoring-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Gives what is made in a folder that is removed then. */
export async function withFolder<T>(make: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'monitoring-'));
  try {
    return await make(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes files into a folder, as `add` would. */
export async function write(folder: string, files: readonly Pick<MonitoringFile, 'path' | 'text'>[]): Promise<void> {
  for (const { path: name, text } of files) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Runs promtool in a folder; whether it succeeded, and what it said. */
export async function runPromtool(promtool: string, cwd: string, ...args: string[]) {
  const { exitCode, all } = await execa(promtool, args, { cwd, all: true, reject: false, timeout: 150_000 });
  return { ok: exitCode === 0, said: all };
}
