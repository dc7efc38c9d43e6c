import { CommandError } from '../errors.js';
import type { InstallRecord } from '../plan/record.js';
import type { Workspace } from '../plan/workspace.js';
import { readAddFlags } from './add-flags.js';
import { planMetrics } from './plan-metrics.js';
import type { Session } from './session.js';

/** What `add` tells in its checklist of a service that it was run for. */
export interface PlannedService {
  /** Where it listens; undefined where that would be a guess. */
  readonly port: number | undefined;
  readonly startCommand: string;
}

/**
 * Plans `add` once more, with the answers of the record, for what it finds out on the way. Writes nothing, asks nothing,
 * and says nothing.
 *
 * @returns undefined without a record, or when the repository has changed so that `add` would be refused
 */
export async function plannedService(
  workspace: Workspace,
  record: InstallRecord | undefined,
  session: Session,
): Promise<PlannedService | undefined> {
  if (record === undefined) return undefined;
  const quiet: Session = { ...session, interactive: false, known: {}, note: () => {} };
  try {
    const { startCommand } = await planMetrics(
      workspace,
      record,
      readAddFlags({ dryRun: true, install: false }),
      quiet,
    );
    const { port, portFrom } = (quiet.known.facts ?? {}) as { readonly port?: unknown; readonly portFrom?: unknown };
    return { startCommand, port: typeof port === 'number' && portFrom !== null ? port : undefined };
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
