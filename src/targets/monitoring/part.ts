import { posix } from 'node:path';
import type { ManualStep } from '../../errors.js';
import type { MonitoringFile } from '../../monitoring/monitoring.js';
import type { ComposeService } from '../../project/compose-services.js';
import type { Workload } from '../../project/kubernetes.js';
import type { MonitoringFacts } from '../../project/monitoring-facts.js';
import type { Answers } from '../../wizard/answers.js';
import type { Part } from '../../wizard/parts.js';
import type { Whereabouts } from './whereabouts.js';

/** What is around the service: answers and facts that the parts of monitoring depend on. */
export interface Around {
  readonly answers: Answers;
  readonly facts: MonitoringFacts;
  /** The target, from the root of its repository. */
  readonly below: string;
  /** The compose services that could be the app: one, mostly. */
  readonly services: readonly ComposeService[];
  readonly workload: Workload | undefined;
  /** The Dockerfile that builds the service's image. */
  readonly dockerfile: string | undefined;
  /** Where the app listens, which need not be where the metrics are. */
  readonly appPort: number;
  /** Whether something says so; otherwise it is a guess. */
  readonly isAppPortKnown: boolean;
  readonly where: Whereabouts;
}

/** A file to write, and what it is for in a few words. */
export interface PlannedFile extends MonitoringFile {
  readonly about: string;
}

/** One part of monitoring, planned. */
export interface PlannedPart {
  /** What leaves it out; undefined for what explains the others. */
  readonly part: Part | undefined;
  readonly files: readonly PlannedFile[];
  /** What is left to the user. */
  readonly steps: readonly ManualStep[];
  /** How it is started, each a title and a command to paste. */
  readonly starts: readonly { readonly title: string; readonly command: string }[];
}

/** A part that is not wanted. */
export function nothing(part: Part): PlannedPart {
  return { part, files: [], steps: [], starts: [] };
}

/**
 * A path of the target as a compose file names it: from the file's own folder, and not like a volume's name.
 *
 * @param composeFile relative to the target; it may lie above it
 */
export function mountedFrom(composeFile: string, path: string, { below }: Pick<Around, 'below'>): string {
  const relative = pathFrom(posix.dirname(composeFile), path, { below });
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** The way from one place to another, both relative to the target, also where the first lies above it. */
export function pathFrom(folder: string, path: string, { below }: Pick<Around, 'below'>): string {
  return posix.relative(posix.join(below, folder), posix.join(below, path)) || '.';
}
