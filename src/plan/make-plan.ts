import { isDeepStrictEqual } from 'node:util';
import { type ManualStep, RefusedError } from '../errors.js';
import { isAsWritten, sha256, withLf } from './hash.js';
import { describeInserts } from './inserts.js';
import type { FileChange, FileKind, Insert, Plan } from './plan.js';
import { type InstallRecord, type RecordFile, recordName, stringifyRecord } from './record.js';
import { isPresent } from './take-out.js';
import type { Draft, Workspace } from './workspace.js';

export interface PlanInput {
  /** The record on the disk, withdrawn from the workspace before (`rebase` or `withdraw`); undefined on a first run. */
  readonly previous?: InstallRecord | undefined;
  /** What the new record says beside its files; undefined for a removal, where the record goes. */
  readonly next?: Pick<InstallRecord, 'tool' | 'answers'> | undefined;
}

/**
 * Compares what is planned with the disk. What comes out equal is no change; a second run with the same answers has none.
 * What is to be run after it is the caller's to add.
 *
 * - Sealed files are replaced when the record has their hash.
 * - Seeded files that are there stay; when the answers changed, one that the user has not touched is written anew, and
 *   for one that was, the new text is left to the user as a manual step.
 * - Edited files stay as they are when all that is to be inserted is in them.
 *
 * @throws RefusedError when a sealed file is to be replaced that is not as the record says
 */
export function makePlan(workspace: Workspace, { previous, next }: PlanInput): Plan {
  const earlier = new Map(previous?.files.map((file) => [workspace.canonical(file.path), file]));
  const context: Context = {
    workspace,
    removing: next === undefined,
    newAnswers: previous !== undefined && !isDeepStrictEqual(plain(previous.answers), plain(next?.answers)),
  };
  const outcomes = [...workspace.planned.drafts].map(([path, draft]) =>
    decide(context, path, draft, earlier.get(path)),
  );
  const changes = outcomes.flatMap(({ change }) => change ?? []).filter(({ before, after }) => before !== after);
  const files = outcomes.flatMap(({ entry }) => entry ?? []);
  const record =
    next === undefined
      ? null
      : stringifyRecord({ version: 1, ...next, files }, indentOf(workspace.read('package.json')));
  const path = workspace.canonical(recordName);
  const before = workspace.onDisk(path) ?? null;
  if (record === null || before === null ? record !== before : record !== withLf(before)) {
    changes.push({ path, kind: 'record', before, after: record });
  }
  return {
    changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)),
    manual: [...workspace.planned.manual, ...outcomes.flatMap(({ manual }) => manual ?? [])],
    commands: [],
    read: workspace.fingerprints(),
  };
}

/** The record lies beside package.json, and what formats the one formats the other. */
function indentOf(manifest: string | undefined): string | undefined {
  return /^\s*\{\r?\n([ \t]+)/.exec(manifest ?? '')?.[1];
}

interface Context {
  readonly workspace: Workspace;
  readonly removing: boolean;
  readonly newAnswers: boolean;
}

/** What becomes of one file, on the disk and in the record. */
interface Outcome {
  readonly change?: FileChange;
  readonly entry?: RecordFile;
  readonly manual?: ManualStep;
}

function decide(context: Context, path: string, draft: Draft, earlier: RecordFile | undefined): Outcome {
  const before = context.workspace.onDisk(path) ?? null;
  switch (draft.kind) {
    case 'edited':
      return decideEdited(path, before, draft, earlier);
    case 'sealed':
      return decideSealed(path, before, draft.text ?? '', earlier);
    case 'seeded':
      return decideSeeded(context, path, before, draft, earlier);
    case 'withdrawn':
      return decideWithdrawn(context, path, before, draft.text, earlier);
  }
}

function decideEdited(path: string, before: string | null, draft: Draft, earlier: RecordFile | undefined): Outcome {
  const after = draft.text ?? '';
  const inserts = describeInserts(after, draft.hunks);
  if (before !== null && earlier?.action === 'update' && sameInserts(earlier.inserts, inserts)) {
    if (earlier.inserts.every((insert) => isPresent(path, before, insert))) return { entry: earlier };
  }
  return {
    change: { path, kind: 'edited', before, after },
    entry: { path, action: 'update', kind: 'edited', sha256: sha256(after), inserts },
  };
}

function sameInserts(a: readonly Insert[], b: readonly Insert[]): boolean {
  return (
    a.length === b.length &&
    a.every((insert, index) => sameText(insert.text, b[index]?.text) && sameText(insert.old, b[index]?.old))
  );
}

/** Whether two texts are the same but for line endings, which git may have changed on checkout. */
function sameText(a = '', b = ''): boolean {
  return withLf(a) === withLf(b);
}

function isEarlier(text: string, earlier: RecordFile | undefined): boolean {
  return earlier !== undefined && isAsWritten(text, earlier.sha256);
}

function decideSealed(path: string, before: string | null, after: string, earlier: RecordFile | undefined): Outcome {
  if (before !== null && before !== after && !isEarlier(before, earlier)) {
    throw new RefusedError(
      `${path} was changed since this tool wrote it, and is to be replaced.`,
      'Restore the file from version control, or move your changes elsewhere and delete it; then run the command again.',
    );
  }
  if (before !== null && earlier?.kind === 'sealed' && sameText(before, after) && isEarlier(before, earlier)) {
    return { entry: created(path, 'sealed', earlier.sha256) };
  }
  return { change: { path, kind: 'sealed', before, after }, entry: created(path, 'sealed', sha256(after)) };
}

function decideSeeded(
  context: Context,
  path: string,
  before: string | null,
  draft: Draft,
  earlier: RecordFile | undefined,
): Outcome {
  const after = draft.text ?? '';
  const written = earlier?.sha256 ?? sha256(after);
  if (before === null || (context.newAnswers && isAsWritten(before, written))) {
    const inserts = describeInserts(after, draft.hunks);
    return { change: { path, kind: 'seeded', before, after }, entry: created(path, 'seeded', sha256(after), inserts) };
  }
  const entry = created(path, 'seeded', written, earlier?.inserts);
  if (!context.newAnswers || before === after || sha256(after) === written) return { entry };
  const reason = 'the answers changed, and so would this file, but it is yours and was edited; take over what you need';
  return { entry, manual: { path, reason, snippet: after } };
}

/** A file of an earlier run that this one does not write, or the text of an edited one without our lines. */
function decideWithdrawn(
  context: Context,
  path: string,
  before: string | null,
  after: string | null,
  earlier: RecordFile | undefined,
): Outcome {
  const kind: FileKind = earlier?.kind ?? 'edited';
  if (after === null && before !== null && !context.removing && !isEarlier(before, earlier)) {
    return { manual: { path, reason: 'is not needed any more, but was edited, so it stays', snippet: '' } };
  }
  return { change: { path, kind, before, after } };
}

function created(path: string, kind: 'sealed' | 'seeded', hash: string, inserts: readonly Insert[] = []): RecordFile {
  return { path, action: 'create', kind, sha256: hash, inserts };
}

/** Answers as they are after a walk through JSON, where an undefined value is no value. */
function plain(answers: unknown): unknown {
  return JSON.parse(JSON.stringify(answers ?? null));
}
