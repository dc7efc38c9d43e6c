import { RefusedError } from '../errors.js';
import type { Project } from '../project/project.js';
import { expressTarget } from './node/express/target.js';
import type { Applied, Site, Target } from './target.js';

/** A target whose own kind of site nobody outside needs to know. */
export type AnyTarget = Pick<Target, 'id' | 'title' | 'matches'> & {
  /** A search bound to the plan that belongs to its result. */
  readonly search: (project: Project, wish: Parameters<Target['locate']>[1]) => Located;
};

export interface Located {
  readonly site: Site;
  readonly apply: (answers: Parameters<Target['apply']>[2], workspace: Parameters<Target['apply']>[3]) => Applied;
}

const targets: readonly AnyTarget[] = [bind(expressTarget)];

/**
 * The framework of a project.
 *
 * @throws RefusedError when it is none that the tool knows
 */
export function targetFor(project: Project): AnyTarget {
  const target = targets.find((candidate) => candidate.matches(project));
  if (target) return target;
  throw new RefusedError(
    'package.json names no framework that this version can add metrics to.',
    `Supported: ${targets.map(({ title }) => title).join(', ')}. In a monorepo, run it in the package that serves HTTP.`,
  );
}

function bind<Found extends Site>(target: Target<Found>): AnyTarget {
  return {
    id: target.id,
    title: target.title,
    matches: (project) => target.matches(project),
    search(project, wish) {
      const site = target.locate(project, wish);
      return { site, apply: (answers, workspace) => target.apply(project, site, answers, workspace) };
    },
  };
}
