import { closeSync, fstatSync, readFileSync } from 'fs';
import type { Key, Run, Slot } from './slots.js';
import { attempt, claimSlot, parseKey, writeAll } from './slots.js';

/** A series of this process; a counter has one cell, a histogram one for each bucket, one for +Inf, and the sum. */
export interface Row {
  readonly key: Key;
  readonly first: number;
  /** In bytes, as `offset`. */
  readonly length: number;
  readonly offset: number;
  readonly bounds: readonly number[] | null;
  /** Whether the key is in its file: cells without a key mean nothing. */
  keyed: boolean;
}

/** The counts of this process: in memory, and written through to its slot. Only the constructor and `check` throw. */
export class Counts {
  declare slot: Slot;
  /** When the files had last to be made again, in milliseconds since 1970. */
  declare restored: number;
  declare private readonly run: Run;
  declare private readonly rows: Map<string, Row>;
  /** What could not be written: tried again at each check. */
  declare private readonly unsaved: Set<Row>;
  /** The values that a dead process left in the slot. */
  declare private readonly inherited: Float64Array;
  declare private cells: Float64Array;
  declare private bytes: Uint8Array;
  /** The first cell says what is missing: it has its room from the start, so it can be written when the disk is full. */
  declare private used: number;
  /** While several updates are gathered: their rows. */
  declare private gathered: Row[] | undefined;

  constructor(run: Run) {
    this.run = run;
    this.restored = 0;
    this.rows = new Map();
    this.unsaved = new Set();
    this.cells = new Float64Array(512);
    this.bytes = new Uint8Array(this.cells.buffer);
    this.used = 1;
    this.slot = claimSlot(run, true);
    const keys = readFileSync(this.slot.keys, 'utf8').split('\n').map(parseKey);
    for (const key of keys) if (key) this.keep(key, true);
    this.bytes.set(readFileSync(this.slot.cells).subarray(0, this.used * 8));
    this.inherited = this.cells.slice(0, this.used);
    this.report(true);
  }

  /** Tells readers how much of this process is not in its files: series, and the gauges. */
  report(gaugesShared: boolean): void {
    this.cells[0] = this.unsaved.size + (gaugesShared ? 0 : 1);
    attempt(() => writeAll(this.slot.cells, this.bytes, 0, 8, 0));
  }

  /** The row of a series, made when it is new; `bounds` is null for a counter. */
  row(name: string, type: string, help: string, labels: object, bounds: readonly number[] | null): Row {
    const texts: Record<string, string> = {};
    for (const [label, value] of Object.entries(labels).sort()) {
      if (value !== undefined) texts[label] = String(value);
    }
    const key: Key = [this.used, name, type, help, texts, bounds];
    const known = this.rows.get(idOf(key));
    if (known) return known;
    const row = this.keep(key, false);
    this.save(row);
    return row;
  }

  /** Adds to a counter, or puts a value into its bucket. */
  add(row: Row, value: number): void {
    const { first, bounds } = row;
    if (bounds === null) this.cells[first] = (this.cells[first] as number) + value;
    else {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
      const sum = first + bounds.length + 1;
      this.cells[first + bucket] = (this.cells[first + bucket] as number) + 1;
      this.cells[sum] = (this.cells[sum] as number) + value;
    }
    if (this.gathered) this.gathered.push(row);
    else this.save(row);
  }

  /** Writes what `work` adds at its end: rows that lie side by side, as a request's do, in one system call. */
  together(work: () => void): void {
    const rows: Row[] = [];
    this.gathered = rows;
    try {
      work();
    } finally {
      this.gathered = undefined;
      for (let start = 0, end = 1; start < rows.length; start = end++) {
        while (end < rows.length && isBehind(rows[end - 1] as Row, rows[end] as Row)) end++;
        if (end === start + 1) this.save(rows[start] as Row);
        else this.saveRun(rows.slice(start, end));
      }
    }
  }

  /** Brings a row up to what this process counted elsewhere. It never falls: a rounding error would look like a reset. */
  raise(row: Row, own: readonly number[]): void {
    const { first } = row;
    let changed = false;
    own.forEach((value, index) => {
      const cell = first + index;
      const now = (this.inherited[cell] || 0) + value;
      if (!(now > (this.cells[cell] as number))) return;
      this.cells[cell] = now;
      changed = true;
    });
    if (changed) this.save(row);
  }

  /** Repairs what went wrong since the last check. Throws when the files are gone and cannot be made again. */
  check(): void {
    // Somebody cleaned up: make new files with the same values, never a dead slot's (its values would count twice).
    if (fstatSync(this.slot.keys).nlink === 0 || fstatSync(this.slot.cells).nlink === 0) {
      this.restored = Date.now();
      const { keys, cells } = this.slot;
      this.slot = claimSlot(this.run, false);
      closeSync(keys);
      closeSync(cells);
      for (const row of this.rows.values()) {
        row.keyed = false;
        this.unsaved.add(row);
      }
    }
    for (const row of [...this.unsaved]) this.save(row);
  }

  /** Writes absolute values, key first: a later write repairs one that failed, and one that a SIGKILL cut off. */
  private save(row: Row): void {
    try {
      if (!row.keyed) {
        // The newline in front ends a line that was torn before.
        const line = Buffer.from(`\n${JSON.stringify(row.key)}`);
        writeAll(this.slot.keys, line, 0, line.length, null);
        row.keyed = true;
      }
      writeAll(this.slot.cells, this.bytes, row.offset, row.length, row.offset);
      if (this.unsaved.size > 0) this.unsaved.delete(row);
    } catch (_error) {
      this.unsaved.add(row);
      this.report(true);
    }
  }

  /** Writes rows that lie side by side and have their keys; one by one where that fails, to tell which it was. */
  private saveRun(rows: readonly Row[]): void {
    const { offset } = rows[0] as Row;
    const last = rows[rows.length - 1] as Row;
    try {
      writeAll(this.slot.cells, this.bytes, offset, last.offset + last.length - offset, offset);
    } catch (_error) {
      for (const row of rows) this.save(row);
    }
  }

  private keep(key: Key, keyed: boolean): Row {
    const [first, , , , , bounds] = key;
    const size = bounds === null ? 1 : bounds.length + 2;
    const row = { key, first, length: size * 8, offset: first * 8, bounds, keyed };
    this.rows.set(idOf(key), row);
    this.used = Math.max(this.used, first + size);
    while (this.used > this.cells.length) {
      const cells = new Float64Array(this.cells.length * 2);
      cells.set(this.cells);
      this.cells = cells;
      this.bytes = new Uint8Array(cells.buffer);
    }
    return row;
  }
}

/** Whether a row's cells follow another's, and both are in order as they are: nothing but cells to write. */
function isBehind(row: Row, next: Row): boolean {
  return row.keyed && next.keyed && next.offset === row.offset + row.length;
}

function idOf([, name, type, , labels, bounds]: Key): string {
  return JSON.stringify([name, type, labels, bounds]);
}
