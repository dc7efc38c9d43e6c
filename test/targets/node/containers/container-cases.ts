import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { splice } from '../../../../src/languages/splice.js';
import { insertLauncher } from '../../../../src/targets/node/containers/launcher.js';
import { planFor, type Service } from './plan-for.js';

/**
 * A folder in cases/: a Dockerfile as `input.txt`, what is to become of it, `output.txt` (none: it stays), and perhaps
 * `options.json`. A name that begins with `launcher-` is about the launcher; with `launcher-refused-`, it is not inserted.
 */
export interface ContainerCase {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly input: string;
  readonly output: string | undefined;
  readonly options: CaseOptions;
}

export interface CaseOptions extends Service {
  /** Parts of the reasons of what is left to the user, in their order. */
  readonly manual?: readonly string[];
  readonly startFile?: string;
  readonly launcherPath?: string;
}

const root = fileURLToPath(new URL('cases', import.meta.url));

export function readCases(): ContainerCase[] {
  return readdirSync(root).map((name) => {
    const folder = join(root, name);
    const files = readdirSync(folder);
    const read = (file: string) => (files.includes(file) ? readFileSync(join(folder, file), 'utf8') : undefined);
    const options: CaseOptions = JSON.parse(read('options.json') ?? '{}');
    return { name, folder, files, input: read('input.txt') ?? '', output: read('output.txt'), options };
  });
}

/** What becomes of a case's Dockerfile; undefined where the launcher is refused. */
export function runCase({ name, input, options }: ContainerCase): { text: string | undefined; manual: string[] } {
  if (!name.startsWith('launcher-')) {
    const { workspace, manual } = planFor({ Dockerfile: input }, options);
    return { text: workspace.read('Dockerfile'), manual: manual.map(({ reason }) => reason) };
  }
  const edits = insertLauncher(input, options.startFile ?? '', options.launcherPath ?? '');
  return { text: edits && splice(input, edits), manual: [] };
}
