import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManualStep } from '../../../../src/errors.js';
import { splice } from '../../../../src/languages/splice.js';
import { Workspace } from '../../../../src/plan/workspace.js';
import { readProject } from '../../../../src/project/project.js';
import { insertLauncher } from '../../../../src/targets/node/containers/launcher.js';
import { planContainers } from '../../../../src/targets/node/containers/plan-containers.js';
import type { Answers } from '../../../../src/wizard/answers.js';
import { makeFolder, type Texts } from '../../../cli/support/folders.js';

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

export interface CaseOptions {
  /** Further files of the target. */
  readonly files?: Texts;
  readonly entry?: string;
  readonly answers?: Partial<Answers>;
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

const defaults: Answers = {
  appTag: 'shop',
  entry: 'server.js',
  workers: 4,
  redis: false,
  metricsPath: '/metrics',
  client: 'prom-client',
};

const service: Texts = {
  'package.json':
    '{ "name": "shop", "scripts": { "start": "node server.js" }, "dependencies": { "express": "^5.0.0" } }\n',
  'server.js': "const express = require('express');\nconst app = express();\n",
};

export interface Planned {
  readonly workspace: Workspace;
  readonly manual: readonly ManualStep[];
}

/** Plans the containers of a service with these files, its metrics folder beside the entry. */
export function planFor(files: Texts, { entry = 'server.js', answers = {}, files: more }: CaseOptions = {}): Planned {
  const target = makeFolder({ ...(more?.['package.json'] ? {} : service), ...more, ...files });
  const workspace = new Workspace(target);
  const project = readProject(target, workspace);
  const folder = entry.replace(/[^/]+$/, 'metrics');
  workspace.create(`${folder}/index${entry.slice(-3)}`, 'export {};\n', 'sealed');
  const site = { entry, line: 2, start: undefined, reached: [] };
  planContainers(project, site, folder, { ...defaults, entry, ...answers }, workspace);
  return { workspace, manual: workspace.planned.manual };
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
