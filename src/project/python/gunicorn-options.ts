import { type ShellWord, shellCommands } from '../../languages/shell-words.js';

/** What a WSGI server is told to serve: `module:name`, or `module:name(…)` for what a call gives. */
export interface AppReference {
  /** `shop.wsgi` */
  readonly module: string;
  /** The variable, or the function that is called. */
  readonly name: string;
}

/** Gunicorn's options, as far as metrics depend on them; undefined where a command does not say. */
export interface GunicornOptions {
  readonly app: AppReference | undefined;
  /** 2, the least that it can be, where the number is a variable's or is counted from the processors. */
  readonly workers: number | undefined;
  /** Whether they say what it listens to: a port, or a socket. */
  readonly bound: boolean;
  /** The port that it is bound to, where that is a number. */
  readonly port: number | undefined;
  /** `sync`, `gthread`, `gevent`, `uvicorn.workers.UvicornWorker` … */
  readonly workerClass: string | undefined;
  readonly maxRequests: boolean;
  readonly reload: boolean;
  /** The config as the command names it: a path, or `python:module`. */
  readonly config: string | undefined;
  /** Changed to before the app is loaded, and after the config was read. */
  readonly chdir: string | undefined;
  readonly pythonPath: readonly string[];
}

/** Options without a value; every other one has one, behind "=" or in the next word (gunicorn's settings, 19 to 26). */
const switches = new Set(
  (
    '--reload --spew --check-config --print-config --preload --preload-app --no-sendfile --reuse-port -D --daemon ' +
    '--initgroups --disable-redirect-access-to-syslog --capture-output --log-syslog -R --enable-stdio-inheritance ' +
    '--enable-backlog-metric --proxy-protocol --suppress-ragged-eofs --do-handshake-on-connect ' +
    '--permit-obsolete-folding --strip-header-spaces --permit-unconventional-http-method ' +
    '--permit-unconventional-http-version --casefold-http-method --no-control-socket -h --help -v --version'
  ).split(' '),
);

/**
 * Reads gunicorn's arguments.
 *
 * @param environment variables that hold where it runs: WEB_CONCURRENCY, GUNICORN_CMD_ARGS, and those that arguments name
 */
export function readGunicornOptions(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): GunicornOptions {
  const own = readArguments(words);
  const fromEnvironment = readArguments(
    shellCommands(environment['GUNICORN_CMD_ARGS'] ?? '')
      .flat()
      .map((word: ShellWord) => word.value),
  );
  const value = (...names: readonly string[]) =>
    names.map((name) => own.values.get(name)).find((found) => found !== undefined) ??
    names.map((name) => fromEnvironment.values.get(name)).find((found) => found !== undefined);
  const has = (...names: readonly string[]) =>
    names.some((name) => own.seen.has(name) || fromEnvironment.seen.has(name));
  const [reference] = own.positional.flatMap((word) => appReference(word) ?? []);
  return {
    app: reference,
    workers: count(value('-w', '--workers') ?? environment['WEB_CONCURRENCY'], environment),
    bound: has('-b', '--bind'),
    port: portOf(value('-b', '--bind'), environment),
    workerClass: value('-k', '--worker-class'),
    maxRequests: (count(value('--max-requests'), environment) ?? 0) > 0,
    reload: has('--reload'),
    config: value('-c', '--config'),
    chdir: value('--chdir'),
    pythonPath: (value('--pythonpath') ?? '').split(',').filter(Boolean),
  };
}

/** `module:name`, `module:name()`, `module` alone, which means its `application`. */
export function appReference(word: string): AppReference | undefined {
  const match = /^([A-Za-z_][\w.]*)(?::\s*([A-Za-z_]\w*)\s*(?:\(.*\)\s*)?)?$/s.exec(word.trim());
  return match?.[1] === undefined ? undefined : { module: match[1], name: match[2] ?? 'application' };
}

interface Arguments {
  readonly values: ReadonlyMap<string, string>;
  readonly seen: ReadonlySet<string>;
  readonly positional: readonly string[];
}

function readArguments(words: readonly string[]): Arguments {
  const values = new Map<string, string>();
  const seen = new Set<string>();
  const positional: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, name = word, written] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? /^(-[a-zA-Z])(.+)$/s.exec(word) ?? [];
    if (!/^-[\w-]/.test(word)) positional.push(word);
    else {
      seen.add(name);
      if (written !== undefined) values.set(name, written.replace(/^=/, ''));
      else if (!switches.has(name)) {
        index += 1;
        values.set(name, words[index] ?? '');
      }
    }
  }
  return { values, seen, positional };
}

/** `:8000`, `0.0.0.0:$PORT`, `:${PORT:-8000}`, `[::]:80`; a socket's path has none. */
export function portOf(
  bind: string | undefined,
  environment: Readonly<Record<string, string>> = {},
): number | undefined {
  const [, port = ''] = /:(\$\{\w+:?[-=][^}]*\}|[^:\]]*)$/.exec(bind ?? '') ?? [];
  const [, name = '', fallback] = /^\$\{?(\w+)(?::?[-=]([^}]*))?\}?$/.exec(port) ?? [];
  const known = name === '' ? port : (environment[name] ?? fallback ?? '');
  return /^\d{1,5}$/.test(known) ? Number(known) : undefined;
}

/** A number of processes or threads; 2 for one that is only known where it runs. */
function count(word: string | undefined, environment: Readonly<Record<string, string>>): number | undefined {
  if (word === undefined || word === '') return undefined;
  if (/^\d{1,5}$/.test(word)) return Number(word);
  const [, name = '', fallback] = /^\$\{?(\w+)(?::?[-=]([^}]*))?\}?$/.exec(word) ?? [];
  const known = environment[name] ?? fallback;
  return known !== undefined && /^\d{1,5}$/.test(known) ? Number(known) : 2;
}
