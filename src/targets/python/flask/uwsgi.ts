import { posix } from 'node:path';
import type { Workspace } from '../../../plan/workspace.js';
import { versionOf } from '../../../project/python/dependencies.js';
import { uwsgiFile } from '../../../project/python/instrumentation.js';
import type { PythonProject } from '../../../project/python/python-project.js';
import type { LocatedApp } from './locate.js';
import { type GunicornServing, servedApp } from './serving.js';

/** The file that shows that uWSGI serves the app, and not gunicorn; undefined when that is not so. */
export function uwsgiServing({ files, dependencies }: PythonProject, serving: GunicornServing): string | undefined {
  if (serving.by === 'gunicorn') return undefined;
  const path = uwsgiFile({ files }, dependencies);
  const isListed = dependencies.files.some((file) => file.path === path);
  return isListed && versionOf(dependencies, 'gunicorn') !== undefined ? undefined : path;
}

/** How uWSGI is started by hand: by its file, whose ending tells it how to read that. */
export function uwsgiLine(path: string, located: LocatedApp): string {
  const isConfig = /\.(?:ini|ya?ml)$/.test(posix.basename(path));
  return isConfig ? `uwsgi ${path}` : `uwsgi --master --http :8000 --module ${servedApp(located)}`;
}

/** Tells what is not counted: nothing of ours empties uWSGI's folder, or knows of its workers. */
export function noteUwsgi(path: string, located: LocatedApp, workspace: Workspace): void {
  const reason =
    'uWSGI seems to serve this app; the metrics of several processes are added up under gunicorn only. Run this command again once gunicorn serves it';
  workspace.manual({ path, reason, snippet: `gunicorn --workers 4 ${servedApp(located)}` });
}
