import { relative } from 'node:path';
import type { Project } from '../project/project.js';
import type { Serving } from '../project/workers.js';
import type { Located } from '../targets/all.js';

/** The facts that a run rests on, for the JSON document; paths are relative to the target. */
export function describeFacts(project: Project, framework: string, { site }: Located, serving: Serving): object {
  const { root, manifest, packageManager, gitRoot, typescript } = project;
  return {
    framework,
    frameworkVersion: manifest.dependencies[framework] ?? manifest.devDependencies[framework] ?? null,
    packageManager: packageManager.name,
    lockfile: packageManager.lockfile === undefined ? null : relative(root, packageManager.lockfile),
    git: gitRoot !== undefined,
    moduleType: manifest.type,
    typescript: typescript.path === undefined ? null : { config: typescript.path, strictness: typescript.strictness },
    entry: site.entry,
    start: site.start ?? site.entry,
    serving: { by: serving.by, workers: serving.workers, file: serving.path ?? null },
  };
}

/** The target's path in its git repository; empty at its root, and without git. */
export function pathInGit({ root, gitRoot }: Project): string {
  return gitRoot === undefined ? '' : relative(gitRoot, root);
}
