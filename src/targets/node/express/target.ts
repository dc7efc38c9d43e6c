import { posix } from 'node:path';
import { RefusedError, UsageError } from '../../../errors.js';
import { defaultStyle, type TextStyle } from '../../../languages/style.js';
import { importForm } from '../../../languages/typescript/module-form.js';
import { parseSource } from '../../../languages/typescript/parse.js';
import { usesStrict } from '../../../languages/typescript/prologue.js';
import { type RelativeModule, specifierFor } from '../../../languages/typescript/specifier.js';
import { detectStyle } from '../../../languages/typescript/style.js';
import { takenNames } from '../../../metrics/catalogue.js';
import type { Workspace } from '../../../plan/workspace.js';
import { asNodeClient, nodeClients } from '../../../project/clients.js';
import type { OwnMetrics } from '../../../project/declared-metrics.js';
import { findInstrumentation, installedClient, mayBeInstrumented } from '../../../project/instrumentation.js';
import { commentRulesPlugin, importOrderRules, sortsWithBiome } from '../../../project/lint-rules.js';
import { type ModuleKind, moduleKind } from '../../../project/module-kind.js';
import { type NodeProject, readNodeProject } from '../../../project/node-project.js';
import { findOwnMetrics } from '../../../project/own-metrics.js';
import { findRoute } from '../../../project/routes.js';
import type { Files } from '../../../project/source-files.js';
import { readTypescriptConfig } from '../../../project/tsconfig.js';
import type { Answers } from '../../../wizard/answers.js';
import { appTagFrom } from '../../../wizard/resolve.js';
import type { GeneratedFile } from '../../generated-file.js';
import { planMonitoring } from '../../plan-monitoring.js';
import { refuseClashing } from '../../refuse-clashing.js';
import type { Target } from '../../target.js';
import { chooseDockerfile } from '../containers/choose-dockerfile.js';
import { planContainers } from '../containers/plan-containers.js';
import { addClientDependency, addRedisDependency, chooseRedisClient } from '../dependency.js';
import { describeNode, detectNode, nodeStartCommand } from '../describe.js';
import { ignoreInPrettier, ignoreMonitoring } from '../formatter-ignore.js';
import { generateModules } from '../generate.js';
import { freeMetricsFolder } from '../metrics-folder.js';
import { hazardsOf, planServing } from '../serving/plan-serving.js';
import { editApp } from './edit-app.js';
import type { EditOptions } from './edit-options.js';
import { editStart } from './edit-start.js';
import { importDirectives } from './import-rules.js';
import { type ExpressSite, locateExpressApp } from './locate.js';
import { linesToAdd } from './snippets.js';
import { refuseOldTypescript } from './supported-version.js';

/** Express 4 and 5. */
export const expressTarget: Target<NodeProject, ExpressSite> = {
  id: 'express',
  title: 'Express',
  clients: nodeClients,
  async read(root, files) {
    if (!files.exists('package.json')) return undefined;
    const project = readNodeProject(root, files);
    const { dependencies, devDependencies } = project.manifest;
    return 'express' in dependencies || 'express' in devDependencies ? project : undefined;
  },
  installedClient: ({ manifest }) => installedClient(manifest),
  locate: locateExpressApp,
  detect: detectNode,
  hazards: hazardsOf,
  describe: (project) => describeNode(project, 'express'),
  startCommand: nodeStartCommand,
  apply(project, site, answers, workspace) {
    refuseInstrumented(site);
    refuseTakenPath(site, answers);
    // Before its command is edited, by which it is known.
    const dockerfile = chooseDockerfile(project, site, answers, workspace);
    const folder = 'folder' in site.app ? site.app.folder : chooseFolder(workspace, site);
    const kind = entryKind(project, site.entry);
    if (kind.language === 'ts') {
      refuseOldTypescript(project.manifest);
      askForIteration(project, site.entry, workspace);
    }
    const first = editEntry(project, site, folder, kind, workspace);
    if (site.start !== undefined) editStartFile(project, site.start, folder, kind, workspace);
    const commentRules = commentRulesPlugin(project.manifest);
    const launcher = planServing(project, site, answers, folder, first.kind.extension, workspace);
    const redisClient = answers.redis ? chooseRedisClient(project.manifest) : undefined;
    const { useStrict } = first;
    const surroundings = { commentRules, launcher: launcher !== undefined, redisClient, useStrict };
    const generated = generateModules(folder, first.kind, first.style, answers, surroundings);
    for (const file of generated) workspace.create(file.path, file.text, file.kind);
    addClientDependency(workspace, project.manifest, asNodeClient(answers.client));
    if (redisClient !== undefined) addRedisDependency(workspace, project.manifest, redisClient);
    ignoreInPrettier(workspace, project.manifest, folder);
    planContainers(project, site, folder, answers, workspace, launcher);
    const own = ownMetrics(project, site, answers, workspace, generated);
    const monitoring = planMonitoring(answers, workspace, {
      exposed: { flavour: 'node' },
      own: own.metrics,
      names: [appTagFrom(project.manifest.name) ?? answers.appTag],
      dockerfile: dockerfile !== undefined && 'stage' in dockerfile ? dockerfile.path : undefined,
      ports: { scripts: project.manifest.scripts, reached: site.reached },
    });
    ignoreMonitoring(workspace, project.manifest, monitoring.files);
    return { monitoring, own };
  },
};

/** Reading all code takes time: where nothing has declared metrics before, there are none. */
function ownMetrics(
  { root, manifest }: NodeProject,
  { entry, start, reached }: ExpressSite,
  { prefix }: Answers,
  workspace: Workspace,
  generated: readonly GeneratedFile[],
): OwnMetrics {
  const isFirstRun = generated.every(({ path }) => workspace.onDisk(path) === undefined);
  if (isFirstRun && !mayBeInstrumented(manifest)) return { metrics: [], problems: [] };
  const exposed = { flavour: 'node', prefix } as const;
  const sealed = new Set(generated.filter(({ kind }) => kind === 'sealed').map(({ path }) => path));
  const search = (files: Files) => findOwnMetrics(root, files, sealed, takenNames(exposed));
  const own = search(workspace);
  // A refusal names the lines of the files as they are and stay.
  if (own.clashing.length > 0) {
    refuseClashing(
      search({ read: (path) => workspace.onDisk(path), exists: (path) => workspace.exists(path) }),
      exposed,
    );
  }
  const parts = new Set([entry, start, ...reached.map(({ path }) => path)]);
  for (const { path, line } of own.startsLate.filter((call) => parts.has(call.path))) {
    const reason = `collectDefaultMetrics() in line ${line} has to run before instrument(), or to go: the client refuses a second time, and the generated code calls it, too`;
    workspace.manual({ path, reason, snippet: '' });
  }
  return refuseClashing(own, exposed);
}

/** The generated code has loops over Maps and Sets; another `target` could change the module system as well. */
function askForIteration({ root }: NodeProject, entry: string, workspace: Workspace): void {
  const { path, loopsOverArraysOnly } = readTypescriptConfig(root, posix.dirname(entry));
  if (path === undefined || !loopsOverArraysOnly) return;
  const reason = 'compiles to ES5, where loops over Maps and Sets (the generated code has some) want this option';
  workspace.manual({ path, reason, snippet: '"downlevelIteration": true' });
}

function refuseInstrumented(site: ExpressSite): void {
  const exporter = findInstrumentation(site.reached).find(({ exposes }) => exposes);
  if (exporter === undefined) return;
  throw new RefusedError(
    `The app already serves metrics: ${exporter.package} in ${exporter.path}, line ${exporter.line}.`,
    'Two instrumentations would count everything twice. Take the present one out first, then run the command again.',
  );
}

function refuseTakenPath(site: ExpressSite, answers: Answers): void {
  const taken = answers.metricsPort === undefined ? findRoute(site.reached, answers.metricsPath) : undefined;
  if (taken === undefined) return;
  throw new UsageError(
    `The app already answers ${answers.metricsPath}: ${taken.path}, line ${taken.line}.`,
    'Choose another one: --metrics-path <path>.',
  );
}

function chooseFolder(workspace: Workspace, site: ExpressSite): string {
  const folder = freeMetricsFolder(workspace, site.entry);
  if (folder !== undefined) return folder;
  throw new RefusedError(
    `Beside ${site.entry}, all the names that the generated folder could have are taken.`,
    'Rename one of metrics, prom-metrics, prometheus-metrics.',
    [linesToAdd({ path: site.entry, text: workspace.read(site.entry) ?? '' }, String(site.line))],
  );
}

function entryKind(project: NodeProject, entry: string): ModuleKind {
  const typescript = readTypescriptConfig(project.root, posix.dirname(entry));
  return moduleKind(entry, project.files.read(entry) ?? '', project.manifest, typescript);
}

/** Plans the edit of the entry; gives the module kind and style that the generated files take over from it. */
function editEntry(project: NodeProject, site: ExpressSite, folder: string, kind: ModuleKind, workspace: Workspace) {
  const text = workspace.read(site.entry) ?? '';
  const source = parseSource(site.entry, text);
  const module = moduleFrom(site.entry, folder, kind);
  const extension = /\.[mc]?[jt]s$/.exec(specifierFor(source, module))?.[0] ?? '';
  if (!('folder' in site.app)) {
    refuseCommonJsUnderVerbatim(site.entry, source, kind);
    const options = editOptions(project, source, module, kind, false);
    workspace.edit(site.entry, editApp(site.entry, text, site.app, options));
  }
  return {
    kind: { ...kind, specifierExtension: extension as ModuleKind['specifierExtension'] },
    style: styleOf(site, text),
    useStrict: usesStrict(source),
  };
}

/** The entry's style; an indentation that it does not show (it may have no block) comes from the files around it. */
function styleOf(site: ExpressSite, text: string): TextStyle {
  const style = detectStyle(site.entry, text, { ...defaultStyle, indent: '' });
  if (style.indent !== '') return style;
  for (const file of site.reached) {
    const { indent } = detectStyle(file.path, file.text, { ...defaultStyle, indent: '' });
    if (indent !== '') return { ...style, indent };
  }
  return { ...style, indent: defaultStyle.indent };
}

function editStartFile(
  project: NodeProject,
  start: string,
  folder: string,
  kind: ModuleKind,
  workspace: Workspace,
): void {
  const text = workspace.read(start) ?? '';
  const module = moduleFrom(start, folder, kind);
  const options = editOptions(project, parseSource(start, text), module, entryKind(project, start), true);
  workspace.edit(start, editStart(start, text, options));
}

/** The generated TypeScript is written as ES modules, which such a project's compiler refuses in CommonJS files. */
function refuseCommonJsUnderVerbatim(entry: string, source: ReturnType<typeof parseSource>, kind: ModuleKind): void {
  if (!kind.verbatim || importForm(source, kind.syntax) !== 'import-equals') return;
  throw new RefusedError(
    `${entry} is a CommonJS file of a project with verbatimModuleSyntax, for which the generated modules cannot be written.`,
    'Set "type": "module" in package.json, or leave verbatimModuleSyntax out of tsconfig.json; then run the command again.',
  );
}

function moduleFrom(file: string, folder: string, kind: ModuleKind): RelativeModule {
  const path = posix.relative(posix.dirname(file), posix.join(folder, 'index'));
  return {
    path: path.startsWith('.') ? path : `./${path}`,
    extension: kind.extension as RelativeModule['extension'],
    defaultExtension: kind.specifierExtension,
  };
}

/** @param bare whether the import has no names */
function editOptions(
  project: NodeProject,
  file: ReturnType<typeof parseSource>,
  module: RelativeModule,
  kind: ModuleKind,
  bare: boolean,
): EditOptions {
  return {
    module,
    moduleSystem: kind.syntax,
    comment: { text: 'First: it has to see every router being made', place: 'trailing' },
    ...importDirectives(importOrderRules(project.files, project.manifest), file, bare),
    biomeIgnore:
      !bare && kind.syntax === 'esm' && sortsWithBiome(project.manifest) ? ['assist/source/organizeImports'] : [],
  };
}
