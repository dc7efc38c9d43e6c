import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request } from './http-client.js';

export type Command = readonly [string, ...string[]];

export interface FixtureRequest extends Request {
  /** How often it is sent, one after the other. */
  readonly times: number;
  readonly status: number;
}

export interface ExpectedCount {
  readonly method: string;
  readonly route: string;
  readonly status_code: number;
  readonly count: number;
}

export interface ExpectedException {
  readonly method: string;
  readonly route: string;
  readonly count: number;
}

/** What fixture.json says about the app around it. */
export interface FixtureFile {
  readonly about: string;
  readonly express?: 4 | 5;
  /** A folder of fixtures/sets: its node_modules are what the app runs on. */
  readonly set?: string;
  /** The package that serves, within the fixture; default: the fixture itself. */
  readonly dir?: string;
  /** Run one after the other before each start. */
  readonly build?: readonly Command[];
  /** Starts the app, which takes its port from `PORT`. */
  readonly start?: Command;
  readonly tls?: boolean;
  /** The app's own tests and linter: green before and after. */
  readonly checks?: readonly Command[];
  /** Paths in `dir` that builds and checks make. */
  readonly ignored?: readonly string[];
  /** The tag that the tool chooses. */
  readonly application?: string;
  readonly requests?: readonly FixtureRequest[];
  readonly expect?: readonly ExpectedCount[];
  readonly exceptions?: readonly ExpectedException[];
  /** Refused fixtures: words that the message or the manual steps must have. */
  readonly says?: readonly string[];
}

export interface Fixture extends FixtureFile {
  readonly name: string;
  readonly folder: string;
}

export const FIXTURE_FILE = 'fixture.json';
export const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** All fixtures of a group ("express", "refused"), by name. */
export function loadFixtures(group: string): Fixture[] {
  const root = path.join(FIXTURES, group);
  return readdirSync(root)
    .sort()
    .map((name) => path.join(root, name))
    .filter((folder) => existsSync(path.join(folder, FIXTURE_FILE)))
    .map((folder) => ({
      ...(JSON.parse(readFileSync(path.join(folder, FIXTURE_FILE), 'utf8')) as FixtureFile),
      name: path.basename(folder),
      folder,
    }));
}
