import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { add } from '../../src/commands/add.js';
import type { Session } from '../../src/commands/session.js';
import { diagnose } from '../../src/doctor/diagnose.js';
import { Workspace } from '../../src/plan/workspace.js';
import { FIXTURE_FILE, type Fixture, loadFixtures } from '../support/fixture.js';

type Flags = Readonly<Record<string, unknown>>;

/** Each Express fixture has one of these. */
const variants: readonly Flags[] = [
  {},
  { workers: '3', redis: true },
  { with: ['pushgateway'] },
  { metricsPort: '9464', workers: '2' },
  { metricsToken: true },
  { client: '@prometheus-io/client' },
  { client: '@prometheus-io/client', workers: '4', redis: true, metricsToken: true, with: ['pushgateway'] },
];
/** One of each module system meets them all. */
const all = new Set(['single-file', 'single-file-esm', 'typescript-nodenext']);

describe('what add writes has no fault', () => {
  const express = loadFixtures('express').flatMap((fixture, index) => {
    const own = all.has(fixture.name) ? variants : [variants[index % variants.length] ?? {}];
    return own.map((flags) => [fixture, flags] as const);
  });
  const serving = loadFixtures('serving').map((fixture, index) => {
    const more = index % 2 === 0 ? {} : { with: ['pushgateway'], metricsToken: true };
    return [fixture, { workers: '4', ...more }] as const;
  });
  const cases = [...serving, ...express].map(([fixture, flags]) => [nameOf(fixture, flags), fixture, flags] as const);

  // In this process: nothing of the service is run, and it needs no packages.
  it.each(cases)('%s', async (_, fixture, flags) => {
    const dir = copyOf(fixture);
    const said: string[] = [];
    expect(
      await add(dir, { yes: true, install: false, force: true, ...flags }, sessionInto(said)),
      said.join('\n'),
    ).toBe(0);
    const workspace = new Workspace(dir);
    const { findings, skipped, examined } = diagnose(workspace.root, workspace);
    expect(findings).toEqual([]);
    expect(skipped).toEqual([]);
    expect(examined, 'the generated files are looked through').toBeGreaterThan(5);
  });
});

function nameOf({ name }: Fixture, flags: Flags): string {
  const words = Object.entries(flags).map(([flag, value]) => (value === true ? flag : `${flag} ${String(value)}`));
  return [name, ...words].join(', ');
}

/** The package that serves, in a copy that goes when the test has finished. */
function copyOf({ name, folder, dir = '.' }: Fixture): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), `apm-${name}-`)));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(folder, root, { recursive: true, filter: (source) => source !== join(folder, FIXTURE_FILE) });
  return join(root, dir);
}

/** A run that asks nothing and keeps what it says. */
function sessionInto(said: string[]): Session {
  const paint = (_: string, text: string) => text;
  const keep = (text: string): void => void said.push(text);
  return {
    ...{ out: keep, note: keep, paintOut: paint, paintNote: paint, interactive: false, known: {} },
    ...{ terminal: {}, signal: new AbortController().signal, stopIfCancelled: () => {} },
  };
}
