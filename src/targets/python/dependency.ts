import { shellLine } from '../../command.js';
import { type ManualStep, RefusedError } from '../../errors.js';
import { addDependency, type DependencyTable } from '../../languages/pyproject.js';
import { addRequirement, normalName, specifierLike, type VersionRange } from '../../languages/requirements.js';
import type { TextEdit } from '../../languages/splice.js';
import { allowsOnlyOlder } from '../../languages/version-bound.js';
import type { Workspace } from '../../plan/workspace.js';
import { type DependencyFile, type PythonDependencies, versionOf } from '../../project/python/dependencies.js';
import { usesRedis } from '../../project/python/instrumentation.js';

/** A package that generated code imports. */
interface NeededPackage {
  /** As PyPI shows it. */
  readonly name: string;
  readonly range: VersionRange;
}

const exporter: NeededPackage = {
  name: 'prometheus-flask-exporter',
  range: { least: '0.23', below: '0.24', pinned: '0.23.2' },
};
const client: NeededPackage = { name: 'prometheus-client', range: { least: '0.16', below: '1', pinned: '0.21.1' } };
const redis: NeededPackage = { name: 'redis', range: { least: '4.5', below: '9', pinned: '5.2.1' } };

/** The packages of what generated code is made for: the exporter brings the client along. */
export function neededPackages(flavour: 'exporter' | 'client', withRedis: boolean): NeededPackage[] {
  return [flavour === 'exporter' ? exporter : client, ...(withRedis ? [redis] : [])];
}

/**
 * Plans packages into the file that the project lists its own in; those that are there stay as they are.
 *
 * @throws RefusedError when a version that is there is too old
 */
export function addPythonDependencies(
  workspace: Workspace,
  dependencies: PythonDependencies,
  needed: readonly NeededPackage[],
): void {
  for (const { name, range } of needed) {
    const present = versionOf(dependencies, name);
    const constraint = dependencies.constraints.get(normalName(name));
    for (const specifier of [present, constraint]) if (specifier !== undefined) refuseOld(name, specifier, range);
    if (present === undefined) addTo(workspace, dependencies, name, range);
  }
}

/** Each list that the app can be installed from gets it: an environment made of another one would not start. */
function addTo(workspace: Workspace, dependencies: PythonDependencies, name: string, range: VersionRange): void {
  const { chosen, files, constraints } = dependencies;
  if (chosen === undefined) {
    workspace.manual(withoutFile(dependencies, name, range));
    return;
  }
  const others = files.filter((file) => file.path !== chosen.path && file.namesFramework);
  const sources = new Set([chosen, ...others].flatMap(({ source }) => source ?? []));
  // Where a file of constraints says the version, a requirement with another one could not be installed.
  const ofLine = constraints.has(normalName(name)) ? undefined : range;
  const addLine = (path: string): void =>
    edit(workspace, path, addRequirement(workspace.read(path) ?? '', name, ofLine));
  for (const path of sources) addLine(path);
  for (const file of [chosen, ...others].filter(({ path }) => !sources.has(path))) {
    if (file.table !== undefined) addToTable(workspace, file.path, file.table, name, range);
    else if (file.hashed) workspace.manual(hashedStep(file, name, range));
    else addLine(file.path);
  }
}

function addToTable(
  workspace: Workspace,
  path: string,
  table: DependencyTable,
  name: string,
  range: VersionRange,
): void {
  const edits = addDependency(workspace.read(path) ?? '', table, name, range);
  const reason = 'the package could not be added with certainty';
  if (edits === undefined) workspace.manual({ path, reason, snippet: name + specifierLike([], range) });
  else edit(workspace, path, edits);
}

function edit(workspace: Workspace, path: string, edits: readonly TextEdit[]): void {
  workspace.edit(path, edits);
}

/** pip installs nothing without a hash as soon as one package has one. */
function hashedStep({ path, source }: DependencyFile, name: string, range: VersionRange): ManualStep {
  const requirement = name + specifierLike([], range);
  if (source !== undefined) {
    const snippet = shellLine(['pip-compile', '--generate-hashes', '--output-file', path, source]);
    return {
      path,
      reason: `it is installed with hashes: make it anew from ${source}, where ${name} was added`,
      snippet,
    };
  }
  return { path, reason: `it is installed with hashes: add this package with its own`, snippet: requirement };
}

function withoutFile({ unreadable }: PythonDependencies, name: string, range: VersionRange): ManualStep {
  const requirement = name + specifierLike([], range);
  const [first] = unreadable;
  return first === undefined
    ? {
        path: 'requirements.txt',
        reason:
          'there is no list of packages here that could be added to; add this to what the service is installed from',
        snippet: requirement,
      }
    : { path: first.path, reason: `it could not be read: ${first.reason}; add this package`, snippet: requirement };
}

function refuseOld(name: string, specifier: string, range: VersionRange): void {
  if (!allowsOnlyOlder(specifier, range.least)) return;
  throw new RefusedError(
    `The project asks for ${name} ${specifier}; the generated code needs ${range.least} or later.`,
    name === redis.name
      ? 'Update it first, or leave metrics in Redis out: --no-redis.'
      : 'Update it first, then run the command again.',
  );
}

/** Whether the project's Redis client is there, and new enough for metrics in Redis. */
export function hasUsableRedis(dependencies: PythonDependencies): boolean {
  const present = versionOf(dependencies, redis.name);
  const said = [present, dependencies.constraints.get(redis.name)];
  const isOld = said.some((specifier) => specifier !== undefined && allowsOnlyOlder(specifier, redis.range.least));
  return !isOld && (present !== undefined || usesRedis(dependencies));
}
