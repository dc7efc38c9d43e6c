import { RefusedError, UsageError } from '../errors.js';
import { parseJson } from '../languages/json.js';
import type { Insert } from './plan.js';

/** The record's name in the target directory. */
export const recordName = 'add-prom-metrics.json';

/** The format's version that this tool writes, and the newest that it reads. */
const formatVersion = 1;

/** One file that the tool has written (`create`) or inserted something into (`update`). */
export interface RecordFile {
  /** Relative to the target, with forward slashes. */
  readonly path: string;
  readonly action: 'create' | 'update';
  readonly kind: 'sealed' | 'seeded' | 'edited';
  /** Of the whole file as the tool wrote it. */
  readonly sha256: string;
  /** What was inserted; in a created file what can be taken out of it again, if anything. */
  readonly inserts: readonly Insert[];
}

/** add-prom-metrics.json: what was answered and what was written, so that it can be renewed, checked and taken back. */
export interface InstallRecord {
  readonly version: 1;
  /** Version of the tool that wrote it. */
  readonly tool: string;
  /** The answers as JSON values; the wizard knows their meaning and validates them. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly files: readonly RecordFile[];
}

/**
 * The record's text: the same record gives the same bytes.
 *
 * @param indent one level of indentation, such as the target's formatter wants for JSON
 */
export function stringifyRecord(record: InstallRecord, indent = '  '): string {
  const files = [...record.files]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, action, kind, sha256, inserts }) => ({ path, action, kind, sha256, inserts: inserts.map(ordered) }));
  const { version, tool, answers } = record;
  return `${JSON.stringify({ version, tool, answers, files }, null, indent)}\n`;
}

function ordered({ before, text, after, old }: Insert): Insert {
  return { before, text, after, ...(old === undefined ? {} : { old }) };
}

/**
 * Reads a record's text.
 *
 * @param toolVersion this tool's version, such as `0.1.0`
 * @param name the file's name for messages
 * @throws UsageError naming file and place when it is not JSON or not a record
 * @throws RefusedError when a newer version of the tool made it
 */
export function parseRecord(text: string, toolVersion: string, name = recordName): InstallRecord {
  // The annotation lets the compiler see that `wrong` does not return.
  const fields: Fields = new Fields(name);
  const record = fields.object(parseJson(text, name), '');
  const version = record['version'];
  if (typeof version !== 'number') fields.wrong('version', 'a number');
  const tool = fields.text(record['tool'], 'tool');
  if (version > formatVersion || major(tool) > major(toolVersion)) {
    throw new RefusedError(
      `${name} was made by a newer version of add-prom-metrics (${tool}).`,
      'Update the tool: npx add-prom-metrics@latest',
    );
  }
  if (version !== formatVersion) fields.wrong('version', `${formatVersion}`);
  const answers = fields.object(record['answers'], 'answers');
  const files = fields.array(record['files'], 'files').map((file, index) => parseFile(fields, file, `files[${index}]`));
  return { version: formatVersion, tool, answers, files };
}

function parseFile(fields: Fields, value: unknown, place: string): RecordFile {
  const file = fields.object(value, place);
  const path = fields.text(file['path'], `${place}.path`);
  const action = fields.oneOf(file['action'], ['create', 'update'] as const, `${place}.action`);
  const kind = fields.oneOf(file['kind'], ['sealed', 'seeded', 'edited'] as const, `${place}.kind`);
  if ((action === 'update') !== (kind === 'edited')) fields.wrong(`${place}.kind`, `one that goes with "${action}"`);
  const sha256 = fields.text(file['sha256'], `${place}.sha256`);
  if (!/^[0-9a-f]{64}$/.test(sha256)) fields.wrong(`${place}.sha256`, '64 hexadecimal digits');
  const inserts = fields
    .array(file['inserts'], `${place}.inserts`)
    .map((insert, index) => parseInsert(fields, insert, `${place}.inserts[${index}]`));
  return { path, action, kind, sha256, inserts };
}

function parseInsert(fields: Fields, value: unknown, place: string): Insert {
  const insert = fields.object(value, place);
  const before = fields.text(insert['before'], `${place}.before`);
  const text = fields.text(insert['text'], `${place}.text`);
  const after = fields.text(insert['after'], `${place}.after`);
  if (insert['old'] === undefined) return { before, text, after };
  return { before, text, after, old: fields.text(insert['old'], `${place}.old`) };
}

function major(version: string): number {
  return Number.parseInt(version, 10) || 0;
}

/** Checks JSON values and names the place of a wrong one. */
class Fields {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  wrong(place: string, expected: string): never {
    throw new UsageError(
      `${this.#name}: ${place === '' ? 'the document' : place} must be ${expected}.`,
      'Restore the file from version control. Without it the tool does not know what it wrote.',
    );
  }

  object(value: unknown, place: string): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.wrong(place, 'an object');
    return Object.fromEntries(Object.entries(value));
  }

  array(value: unknown, place: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.wrong(place, 'an array');
  }

  text(value: unknown, place: string): string {
    return typeof value === 'string' ? value : this.wrong(place, 'a string');
  }

  oneOf<T extends string>(value: unknown, allowed: readonly T[], place: string): T {
    return allowed.find((one) => one === value) ?? this.wrong(place, `one of ${allowed.join(', ')}`);
  }
}
