import { relative } from 'node:path';
import { shellLine } from '../../command.js';
import type { NodeProject } from '../../project/node-project.js';
import { findRoute } from '../../project/routes.js';
import { detectServing } from '../../project/workers.js';
import type { Detected, Site } from '../target.js';

/** What a Node.js package says of the answers to come. */
export function detectNode(project: NodeProject, site: Site | undefined): Detected {
  const { dependencies, name } = project.manifest;
  const reached = site?.reached ?? [];
  return {
    name,
    serving: detectServing(project, reached),
    redis: 'redis' in dependencies || 'ioredis' in dependencies,
    takenRoute: (path) => findRoute(reached, path),
  };
}

/**
 * The facts of a Node.js package for the JSON document; paths are relative to the target.
 *
 * @param framework the package of the framework
 */
export function describeNode(project: NodeProject, framework: string): Record<string, unknown> {
  const { root, manifest, packageManager, typescript } = project;
  return {
    frameworkVersion: manifest.dependencies[framework] ?? manifest.devDependencies[framework] ?? null,
    packageManager: packageManager.name,
    lockfile: packageManager.lockfile === undefined ? null : relative(root, packageManager.lockfile),
    moduleType: manifest.type,
    typescript: typescript.path === undefined ? null : { config: typescript.path, strictness: typescript.strictness },
  };
}

/** How the service is started by hand: by a script, as Node alone may not run the file (TypeScript, environment). */
export function nodeStartCommand({ manifest, packageManager }: NodeProject, site: Site): string {
  if (manifest.scripts['start'] !== undefined) return `${packageManager.name} start`;
  const script = ['start:prod', 'serve', 'start:dev', 'dev'].find((name) => manifest.scripts[name] !== undefined);
  return script === undefined
    ? shellLine(['node', site.start ?? site.entry])
    : shellLine([packageManager.name, 'run', script]);
}
