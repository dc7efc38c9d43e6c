import { type PythonParser, pythonParser } from '../../languages/python/parse.js';
import type { Folders } from '../deployment.js';
import { findGitRoot } from '../git-root.js';
import type { Project } from '../project.js';
import { readIfText } from '../source-files.js';
import { detectDependencies, type PythonDependencies } from './dependencies.js';
import { pythonPackages } from './packages.js';
import { pythonFiles } from './python-files.js';

/** The facts about a Python target that do not depend on a framework. */
export interface PythonProject extends Project {
  readonly files: Folders;
  readonly parser: PythonParser;
  readonly dependencies: PythonDependencies;
}

const manifests = ['pyproject.toml', 'requirements.txt', 'Pipfile', 'setup.py', 'setup.cfg', 'requirements.in'];

/**
 * Reads the facts of a Python target; the parser is loaded only for one.
 *
 * @param root absolute path of the target
 * @param files its files, as they are without us
 * @returns undefined when nothing there is Python's
 */
export async function readPythonProject(root: string, files: Folders): Promise<PythonProject | undefined> {
  const isPython = manifests.some((name) => files.exists(name)) || pythonFiles(files).length > 0;
  if (!isPython) return undefined;
  const parser = await pythonParser();
  const dependencies = detectDependencies(files);
  const packages = pythonPackages(dependencies, files, root);
  return { root, files, gitRoot: findGitRoot(root), packages, parser, dependencies };
}

/** Whether any of the target's Python files, or lists of packages, names a package. */
export function mentionsPackage({ files, dependencies }: PythonProject, name: string): boolean {
  if (dependencies.files.some(({ packages }) => packages.has(name))) return true;
  const imports = new RegExp(`^\\s*(?:from|import)\\s+${name}\\b`, 'm');
  return pythonFiles(files).some((path) => imports.test(readIfText(files, path) ?? ''));
}
