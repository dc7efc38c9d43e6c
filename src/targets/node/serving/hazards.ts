import { ts } from 'ts-morph';
import { type ImportedSpecifier, specifiersIn } from '../../../languages/typescript/imports.js';
import { createModuleReader } from '../../../languages/typescript/module-value.js';
import { lineAt, parseSource } from '../../../languages/typescript/parse.js';
import { createScope } from '../../../languages/typescript/scope.js';
import { walk } from '../../../languages/typescript/walk.js';
import type { ReachedFile } from '../../../project/import-graph.js';

/** Something that does not do what it did when the service runs in several processes. */
export interface Hazard {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly what: string;
  /** What happens, and what helps. */
  readonly why: string;
}

interface Rule {
  readonly modules: readonly string[];
  readonly what: string;
  readonly why: string;
  /** The import alone says nothing: only a call of the module without this option counts. */
  readonly unless?: readonly string[];
}

const everyProcess = 'runs in every process: move it to a process of its own, or let one process hold a lock for it';
const ownMemory = 'each process has its own, and a client meets a different one with each connection';

/** Queues in Redis or MongoDB (Bull, Agenda) are not here: their jobs are locked there. */
const rules: readonly Rule[] = [
  {
    modules: ['node-cron', 'cron', 'croner', 'node-schedule', 'bree', 'toad-scheduler', 'cronosjs', '@nestjs/schedule'],
    what: 'scheduled jobs',
    why: everyProcess,
  },
  {
    modules: ['express-session'],
    unless: ['store'],
    what: 'sessions in memory',
    why: `${ownMemory}: give it a store (connect-redis)`,
  },
  {
    modules: ['express-rate-limit', 'express-slow-down'],
    unless: ['store'],
    what: 'a rate limiter in memory',
    why: 'each process counts for itself, so clients get a multiple of the limit: give it a store (rate-limit-redis)',
  },
  {
    modules: ['ws', 'express-ws', 'faye-websocket', 'sockjs'],
    what: 'a WebSocket server',
    why: 'it reaches the clients of its own process only: pass messages on between processes (Redis, for example)',
  },
  {
    modules: ['socket.io'],
    what: 'Socket.IO',
    why: 'it needs sticky sessions (@socket.io/sticky) and an adapter (@socket.io/cluster-adapter, @socket.io/redis-adapter)',
  },
  {
    modules: ['sqlite3', 'better-sqlite3', 'sqlite', 'node:sqlite'],
    what: 'a SQLite file',
    why: 'processes wait for each other to write, and fail with SQLITE_BUSY: set a busy timeout and WAL mode',
  },
  {
    modules: ['lowdb', 'nedb', 'nedb-promises', '@seald-io/nedb', 'node-persist', 'session-file-store'],
    what: 'data in files of one process',
    why: 'processes overwrite what the others have written: use a database',
  },
  {
    modules: ['node-cache', 'lru-cache', 'memory-cache', 'quick-lru', 'memorystore', 'apicache', 'cache-manager'],
    what: 'a cache in memory',
    why: 'each process fills its own, and what one deletes stays in the others',
  },
  {
    modules: ['graphql-subscriptions'],
    what: 'subscriptions in memory',
    why: 'an event reaches the subscribers of its own process only: use an implementation over Redis',
  },
];

/**
 * What the service's files have that does not survive being run several times.
 *
 * @param reached the files that the app is made of
 */
export function findHazards(reached: readonly ReachedFile[]): Hazard[] {
  return reached.flatMap(({ path, text }) => (mayHaveHazard(text) ? hazardsIn(path, text) : []));
}

const hints = new RegExp(
  `\\bsetInterval\\b|['"\`](?:${rules
    .flatMap(({ modules }) => modules)
    .join('|')
    .replaceAll('.', '\\.')})['"\`]`,
);

/** Parsing is dear, and most files have none. */
function mayHaveHazard(text: string): boolean {
  return hints.test(text);
}

function hazardsIn(path: string, text: string): Hazard[] {
  const file = parseSource(path, text);
  const loads = specifiersIn(file).filter(({ typeOnly }) => !typeOnly);
  const found = rules.flatMap((rule) => {
    const at = placeOf(file, loads, rule);
    return at === undefined ? [] : [{ path, line: lineAt(file, at), what: rule.what, why: rule.why }];
  });
  const timers = intervals(file).map((at) => ({ path, line: lineAt(file, at), what: 'a timer', why: everyProcess }));
  return [...found, ...timers].sort((a, b) => a.line - b.line);
}

function placeOf(file: ts.SourceFile, loads: readonly ImportedSpecifier[], rule: Rule): number | undefined {
  const load = loads.find(({ specifier }) => rule.modules.includes(specifier));
  if (load === undefined || rule.unless === undefined) return load?.start;
  return callWithout(file, rule.modules, rule.unless);
}

/** The first call of a module's function whose options do not have a property. */
function callWithout(file: ts.SourceFile, modules: readonly string[], options: readonly string[]): number | undefined {
  const read = createModuleReader(file, createScope(file), modules);
  let found: number | undefined;
  walk(file, (node) => {
    if (found !== undefined || !ts.isCallExpression(node) || !isMainFunction(read(node.expression))) return;
    const [argument] = node.arguments;
    if (argument === undefined || lacks(argument, options)) found = node.getStart();
  });
  return found;
}

/** The module itself, its default export, or the function by which it is named in its documentation. */
function isMainFunction(value: string | undefined): boolean {
  return value !== undefined && ['*', 'default', 'rateLimit', 'slowDown'].includes(value);
}

/** Options that are not written out may have anything. */
function lacks(argument: ts.Expression, options: readonly string[]): boolean {
  if (!ts.isObjectLiteralExpression(argument)) return false;
  return argument.properties.every(
    (property) => property.name !== undefined && !options.includes(property.name.getText().replace(/['"]/g, '')),
  );
}

/** Timers that begin when the module is loaded; one within a function may belong to a request. */
function intervals(file: ts.SourceFile): number[] {
  const found: number[] = [];
  walk(file, (node) => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isCallExpression(node) && node.expression.getText() === 'setInterval') found.push(node.getStart());
    return true;
  });
  return found;
}
