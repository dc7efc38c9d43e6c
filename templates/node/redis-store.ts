import { randomBytes } from 'crypto';
import { declarations } from './declarations.js';
import { isDisabled, shared, warnOnce } from './process.js';
import { createLink, within } from './redis-link.js';
import { counter } from './registry.js';
import { settings } from './settings.js';

// Numbers in hashes of Redis, changed by many processes.
//
// A change is kept in memory, where all changes of one number become one, and is sent a moment later: nobody waits for
// Redis, and while it is away, memory grows with the number of series, not of changes. Each batch has a number: when no
// answer came, the same batch is sent again, and Redis applies it once. What can be lost: the changes that a process had
// not sent yet when it was killed (of 50 ms, or all since Redis went away), and what Redis itself forgets.

type Command = 'HINCRBYFLOAT' | 'HSET';

interface Change {
  readonly key: string;
  readonly field: string;
  command: Command;
  value: number;
}

/** The fields of a hash, with their values as Redis writes them. */
export type Fields = readonly (readonly [field: string, value: string])[];

/** What this process does with Redis. */
export interface Store {
  /** Adds to a number, or sets it. Never throws. */
  change(command: Command, key: string, field: string, value: number): void;
  /** The hashes of these keys, at one moment. Rejects when Redis does not answer within half a second. */
  read(keys: readonly string[]): Promise<readonly Fields[]>;
  /** Sends what waits. False when that took more than a second; it is tried again then. */
  save(): Promise<boolean>;
}

const SEND_EVERY_MS = 50;
const READ_MS = 500;
const RETRY_MS = 1000;
const SAVE_MS = 1000;
/** Of the changes that wait. More are dropped, and counted. */
const MOST_CHANGES = 10000;
const BATCH = 500;

/** KEYS[1] is for the number of this process's last batch, and is forgotten after a day without one. */
const APPLY = `
if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return '' end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)
local refused = ''
for i = 2, #KEYS do
  local reply = redis.pcall(ARGV[3 * i - 4], KEYS[i], ARGV[3 * i - 3], ARGV[3 * i - 2])
  if type(reply) == 'table' and reply.err then refused = KEYS[i] .. ': ' .. reply.err end
end
return refused`;
/** In Lua, a hash is an array whichever protocol the client speaks. */
const READ = `
local hashes = {}
for i, key in ipairs(KEYS) do hashes[i] = redis.call('HGETALL', key) end
return hashes`;

/** The store of this process. No connection is opened before it is used. */
export const store: Store = shared('redis', createStore);

function createStore(): Store {
  const writer = `prom:${settings.application}:writer:${randomBytes(9).toString('hex')}`;
  const waiting = new Map<string, Change>();
  const send = createLink();
  const dropped = counter(declarations.redisDropped);
  const whenSaved: (() => void)[] = [];
  let reading: Promise<readonly Fields[]> | undefined;
  let batch: readonly string[] | undefined;
  let batches = 0;
  let isSending = false;
  let timer: NodeJS.Timeout | undefined;
  let lastSent = 0;

  function change(command: Command, key: string, field: string, value: number): void {
    const id = `${key} ${field}`;
    const known = waiting.get(id);
    if (known === undefined) {
      if (waiting.size >= MOST_CHANGES) {
        dropped.inc();
        return;
      }
      waiting.set(id, { key, field, command, value });
    } else if (command === 'HSET') {
      known.command = command;
      known.value = value;
    } else known.value += value;
    schedule(lastSent + SEND_EVERY_MS - Date.now());
  }

  function schedule(delay: number): void {
    if (timer !== undefined || isSending) return;
    timer = setTimeout(sendBatch, delay);
    timer.unref();
  }

  function sendBatch(): void {
    clearTimeout(timer);
    timer = undefined;
    if (batch === undefined) batch = nextBatch();
    if (batch === undefined || isSending) return;
    isSending = true;
    lastSent = Date.now();
    send(batch).then(
      (refused) => {
        if (refused) warnOnce('Redis refused to change a metric', refused);
        batch = undefined;
        isSending = false;
        if (waiting.size > 0) schedule(whenSaved.length > 0 ? 0 : SEND_EVERY_MS);
        else for (const done of whenSaved.splice(0)) done();
      },
      (error: unknown) => {
        warnOnce('metrics in Redis fall behind', error);
        isSending = false;
        schedule(RETRY_MS);
      }
    );
  }

  function nextBatch(): readonly string[] | undefined {
    const keys: string[] = [];
    const values: string[] = [];
    for (const [id, { key, command, field, value }] of waiting) {
      if (keys.length === BATCH) break;
      keys.push(key);
      values.push(command, field, String(value));
      waiting.delete(id);
    }
    if (keys.length === 0) return undefined;
    batches++;
    return ['EVAL', APPLY, String(keys.length + 1), writer].concat(keys, String(batches), values);
  }

  function save(): Promise<boolean> {
    return new Promise((resolve) => {
      // This one keeps the process alive, until all is sent.
      const late = setTimeout(() => resolve(false), SAVE_MS);
      const done = (): void => {
        clearTimeout(late);
        resolve(true);
      };
      if (batch === undefined && waiting.size === 0) return done();
      whenSaved.push(done);
      sendBatch();
    });
  }

  function read(keys: readonly string[]): Promise<readonly Fields[]> {
    if (reading === undefined) {
      const forget = (): void => {
        reading = undefined;
      };
      reading = send(['EVAL', READ, String(keys.length)].concat(keys)).then((hashes) => {
        return (hashes as string[][]).map(pairsOf);
      });
      reading.then(forget, forget);
    }
    // When an earlier reading is still without an answer, another one would be, too.
    return within(READ_MS, reading);
  }

  if (!isDisabled()) process.once('beforeExit', save);
  return { change, read, save };
}

function pairsOf(hash: readonly string[]): Fields {
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < hash.length; i += 2) fields.push([String(hash[i]), String(hash[i + 1])]);
  return fields;
}
