import { posix } from 'node:path';
import { RefusedError, UsageError } from '../../../errors.js';
import { majorityEol } from '../../../languages/style.js';
import { takenNames } from '../../../metrics/catalogue.js';
import type { Workspace } from '../../../plan/workspace.js';
import { type PythonClient, pythonClients } from '../../../project/clients.js';
import type { OwnMetrics } from '../../../project/declared-metrics.js';
import { versionOf } from '../../../project/python/dependencies.js';
import { configOf } from '../../../project/python/gunicorn.js';
import {
  findPythonInstrumentation,
  installedPythonClient,
  uwsgiFile,
} from '../../../project/python/instrumentation.js';
import { findPythonOwnMetrics } from '../../../project/python/own-metrics.js';
import { mentionsPackage, type PythonProject, readPythonProject } from '../../../project/python/python-project.js';
import { reachedFiles } from '../../../project/python/reached-files.js';
import { findPythonRoute } from '../../../project/python/routes.js';
import type { Answers } from '../../../wizard/answers.js';
import { planMonitoring } from '../../plan-monitoring.js';
import { refuseClashing } from '../../refuse-clashing.js';
import type { Site, Target } from '../../target.js';
import { addPythonDependencies, hasUsableRedis, neededPackages } from '../dependency.js';
import { type FlaskFlavour, generateFlaskModules } from '../generate.js';
import { freeMetricsPackage, type MetricsPackage, packageFolder } from '../metrics-package.js';
import { noteScripts } from '../note-scripts.js';
import { planGunicorn } from '../plan-gunicorn.js';
import { packagesAtRoot, planPackaging } from '../plan-packaging.js';
import { editApp } from './edit-app.js';
import { type LocatedApp, linesToAdd, locateFlaskApp } from './locate.js';
import { planDeployment } from './plan-deployment.js';
import { defaultPort, type GunicornServing, planWorkers, servingOf, startLine } from './serving.js';
import { noteUwsgi, uwsgiLine, uwsgiServing } from './uwsgi.js';

/** A Flask app, and how gunicorn serves it. */
export interface FlaskSite extends Site {
  readonly located: LocatedApp;
}

/** Flask 2 and 3, also under Flask-RESTful and Connexion, served by gunicorn. */
export const flaskTarget: Target<PythonProject, FlaskSite> = {
  id: 'flask',
  title: 'Flask',
  clients: pythonClients,
  async read(root, files) {
    const project = await readPythonProject(root, files);
    const isFlask = project && ['flask', 'connexion', 'apiflask', 'eve'].some((name) => mentionsPackage(project, name));
    return isFlask ? project : undefined;
  },
  installedClient: ({ dependencies }) => installedPythonClient(dependencies),
  locate(project, wish) {
    const located = locateFlaskApp(project.files, project.parser, wish);
    const { entry, app, start } = located;
    return { entry, line: app.line, start, reached: [], located };
  },
  detect(project, site) {
    const { dependencies, files, parser } = project;
    const { by, workers, path } = servingOf(files, parser, site?.located);
    return {
      name: dependencies.name ?? posix.basename(project.root),
      serving: { by, workers, path },
      redis: hasUsableRedis(dependencies),
      takenRoute: (metricsPath) => site && findPythonRoute(site.located.code, metricsPath),
    };
  },
  hazards: () => [],
  describe({ files, parser, dependencies }) {
    const { workerClass, maxRequests } = servingOf(files, parser, undefined);
    return {
      frameworkVersion: versionOf(dependencies, 'flask') ?? null,
      packageManager: dependencies.tool,
      manifest: dependencies.chosen?.path ?? null,
      uwsgi: uwsgiFile({ files }, dependencies) ?? null,
      workerClass: workerClass ?? null,
      maxRequests,
    };
  },
  startCommand(project, { located }, port) {
    const serving = servingOf(project.files, project.parser, located);
    const uwsgi = uwsgiServing(project, serving);
    return uwsgi === undefined ? startLine(serving, located, port) : uwsgiLine(uwsgi, located);
  },
  apply(project, site, answers, workspace) {
    const { located } = site;
    refuseInstrumented(project, located);
    refuseTakenPath(located, answers);
    const packages = packagesAtRoot(workspace);
    const serving = servingOf(project.files, project.parser, located);
    const text = workspace.read(site.entry) ?? '';
    const metrics = packageFor(project, located, workspace);
    if ('start' in located.app) {
      workspace.edit(site.entry, editApp(project.parser, text, located.app, importOptions(located, metrics)));
    }
    const { config, workers, units } = planServer(project, located, serving, answers, workspace, metrics);
    const flavour = flavourOf(answers);
    const surroundings = {
      flavour,
      extension: extensionOf(project, located, flavour),
      eol: majorityEol(text) ?? '\n',
      gunicornConfig: config,
      workers,
    };
    const generated = generateFlaskModules(metrics.folder, answers, surroundings);
    for (const file of generated) workspace.create(file.path, file.text, file.kind);
    addPythonDependencies(workspace, project.dependencies, neededPackages(flavour, answers.redis));
    const dockerfile = planDeployment(project, site, serving, answers, workspace, { metrics, config, units });
    const own = ownMetrics(located, answers, new Set(generated.map(({ path }) => path)));
    const monitoring = planMonitoring(answers, workspace, {
      exposed: { flavour: `flask-${flavour}` },
      own: own.metrics,
      names: [project.dependencies.name ?? answers.appTag],
      dockerfile,
      ports: { served: serving.port },
      usualPort: defaultPort,
    });
    planPackaging(workspace, project, packages, metrics.folder);
    return { monitoring, own };
  },
};

/** Only what this app runs: a worker of Celery, say, may serve metrics of its own beside it. */
function refuseInstrumented({ files }: PythonProject, located: LocatedApp): void {
  const { code, entry, start, command } = located;
  const exporters = findPythonInstrumentation(code).filter(({ exposes }) => exposes);
  if (exporters.length === 0) return;
  const config = configOf(files, command ?? {});
  // Where nothing says what the server loads, it may be one of these.
  const loaded = command === undefined ? ['wsgi.py', 'asgi.py'] : [];
  const starts = [entry, start, config.state === 'there' ? config.path : undefined, ...loaded];
  const reached = reachedFiles(
    code,
    starts.filter((path) => path !== undefined),
  );
  const exporter = exporters.find(({ path }) => reached.has(path));
  if (exporter === undefined) return;
  throw new RefusedError(
    `The app already serves metrics: ${exporter.package} in ${exporter.path}, line ${exporter.line}.`,
    'Two instrumentations would count everything twice. Take the present one out first, then run the command again.',
  );
}

function ownMetrics({ code }: LocatedApp, answers: Answers, generated: ReadonlySet<string>): OwnMetrics {
  const exposed = { flavour: `flask-${flavourOf(answers)}`, prefix: answers.prefix } as const;
  return refuseClashing(findPythonOwnMetrics(code, generated, takenNames(exposed)), exposed);
}

function refuseTakenPath({ code }: LocatedApp, { metricsPort, metricsPath }: Answers): void {
  const taken = metricsPort === undefined ? findPythonRoute(code, metricsPath) : undefined;
  if (taken === undefined) return;
  throw new UsageError(
    `The app already answers ${metricsPath}: ${taken.path}, line ${taken.line}.`,
    'Choose another one: --metrics-path <path>.',
  );
}

function packageFor(project: PythonProject, { entry, app, code }: LocatedApp, workspace: Workspace): MetricsPackage {
  if ('module' in app) return { folder: packageFolder(code, entry, app.module), module: app.module };
  const found = freeMetricsPackage(workspace, code, entry, project.parser.parse(workspace.read(entry) ?? ''));
  if (found !== undefined) {
    noteScripts(workspace, code, entry, found);
    return found;
  }
  throw new RefusedError(
    `Beside ${entry}, all the names that the generated package could have are taken.`,
    'Rename one of metrics, prom_metrics, prometheus_metrics.',
    [linesToAdd(entry, `the app of line ${app.line}, once a name is free`)],
  );
}

function importOptions({ entry, code }: LocatedApp, { module }: MetricsPackage) {
  return { module, isOwn: (name: string) => code.resolve(name, entry) !== undefined };
}

function flavourOf({ client }: Answers): FlaskFlavour {
  const known: PythonClient | undefined = pythonClients.find((one) => one === client);
  return known === 'prometheus_client' ? 'client' : 'exporter';
}

/** What makes the app's responses, where it is not Flask. Connexion 3 is an ASGI app of its own, its Flask app is as any. */
function extensionOf(
  { dependencies }: PythonProject,
  { app }: LocatedApp,
  flavour: FlaskFlavour,
): 'restful' | 'connexion' | undefined {
  if (flavour !== 'exporter') return undefined;
  const connexion = versionOf(dependencies, 'connexion');
  if ('kind' in app && app.kind === 'connexion' && connexion !== undefined && !/^\D*3/.test(connexion))
    return 'connexion';
  return versionOf(dependencies, 'flask-restful') === undefined ? undefined : 'restful';
}

/** The server's part: gunicorn's config, and the number of its workers; where uWSGI serves, that it is not counted. */
function planServer(
  project: PythonProject,
  located: LocatedApp,
  serving: GunicornServing,
  answers: Answers,
  workspace: Workspace,
  { folder }: MetricsPackage,
) {
  const uwsgi = uwsgiServing(project, serving);
  if (uwsgi !== undefined) {
    noteUwsgi(uwsgi, located, workspace);
    return { config: undefined, workers: undefined, units: new Map<string, string>() };
  }
  const { created, units } = planGunicorn(workspace, project.parser, serving.commands, folder);
  return { config: created, units, workers: planWorkers(workspace, serving, answers, created) };
}
