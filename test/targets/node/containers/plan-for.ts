import type { ManualStep } from '../../../../src/errors.js';
import { Workspace } from '../../../../src/plan/workspace.js';
import { readNodeProject } from '../../../../src/project/node-project.js';
import { planContainers } from '../../../../src/targets/node/containers/plan-containers.js';
import type { Launcher } from '../../../../src/targets/node/serving/plan-serving.js';
import type { Answers } from '../../../../src/wizard/answers.js';
import { makeFolder, type Texts } from '../../../cli/support/folders.js';
import { someAnswers } from '../../../support/some-answers.js';

/** The service that is planned for. */
export interface Service {
  /** Further files of the target. */
  readonly files?: Texts;
  readonly entry?: string;
  readonly answers?: Partial<Answers>;
  readonly launcher?: Launcher;
  /** package.json's scripts, as they were edited before. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Only open the workspace. */
  readonly unplanned?: boolean;
}

const defaults: Answers = { ...someAnswers, entry: 'server.js', workers: 4 };

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
export function planFor(
  files: Texts,
  { entry = 'server.js', answers = {}, files: more, launcher, scripts, unplanned = false }: Service = {},
): Planned {
  const target = makeFolder({ ...(more?.['package.json'] ? {} : service), ...more, ...files });
  const workspace = new Workspace(target);
  if (unplanned) return { workspace, manual: [] };
  const project = readNodeProject(target, workspace);
  const folder = entry.replace(/[^/]+$/, 'metrics');
  workspace.create(`${folder}/index${entry.slice(-3)}`, 'export {};\n', 'sealed');
  if (scripts) {
    const length = workspace.read('package.json')?.length ?? 0;
    workspace.edit('package.json', [{ offset: 0, length, text: JSON.stringify({ scripts }) }]);
  }
  if (launcher) workspace.create(`${folder}/cluster${entry.slice(-3)}`, 'export {};\n', 'sealed');
  const site = { entry, line: 2, start: undefined, reached: [] };
  planContainers(project, site, folder, { ...defaults, entry, ...answers }, workspace, launcher);
  return { workspace, manual: workspace.planned.manual };
}
