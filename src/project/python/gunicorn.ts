import { posix } from 'node:path';
import { shellLine } from '../../command.js';
import { field, positionalArguments, stringValue } from '../../languages/python/nodes.js';
import type { PythonSource, SyntaxNode } from '../../languages/python/parse.js';
import { bindingsIn } from '../../languages/python/scope.js';
import type { Folders } from '../deployment.js';
import { readIfText } from '../source-files.js';
import { type GunicornOptions, portOf, readGunicornOptions } from './gunicorn-options.js';
import { gunicornWord } from './gunicorn-word.js';
import type { StartCommand, StartWord } from './start-command.js';
import { startCommands } from './start-commands.js';

/** A command of the target that starts gunicorn. */
export interface GunicornCommand extends GunicornOptions {
  readonly path: string;
  readonly by: StartCommand['by'];
  readonly process: StartCommand['process'];
  readonly isLoose: StartCommand['isLoose'];
  readonly folder: string | undefined;
  /** The command from the word `gunicorn` on, as a shell takes it. */
  readonly line: string;
  /** Where an option can be put in, behind the word `gunicorn`; undefined where the file is not to be edited. */
  readonly place: { readonly offset: number; readonly form: StartCommand['form'] } | undefined;
}

/** The commands of the target that start gunicorn, the most telling one first; those that watch for changes last. */
export function gunicornCommands(files: Folders): GunicornCommand[] {
  const found = startCommands(files).flatMap((command) => {
    const words = command.words.map(({ value }) => value);
    const index = gunicornWord(words);
    const program = command.words[index];
    if (program === undefined) return [];
    const options = readGunicornOptions(words.slice(index + 1), command.environment);
    return {
      ...options,
      path: command.path,
      by: command.by,
      process: command.process,
      isLoose: command.isLoose,
      folder: servedFolder(files, command.folder, options),
      line: ['gunicorn', ...command.words.slice(index + 1).map(asWritten)].join(' '),
      place: command.editable ? { offset: program.end, form: command.form } : undefined,
    };
  });
  return found.sort((a, b) => Number(a.reload) - Number(b.reload));
}

function asWritten({ value, written }: StartWord): string {
  return written ?? shellLine([value]);
}

/**
 * The folder of the target that a command runs in. A machine's folder may be called like one of the target's
 * (`/srv/shop`, and a package `shop` in it): it is the one in which the app is found.
 */
function servedFolder(
  files: Folders,
  folder: string | undefined,
  { app, chdir = '.' }: GunicornOptions,
): string | undefined {
  if (folder === undefined || app === undefined) return folder;
  const file = app.module.split('.').join('/');
  const hasApp = (one: string) =>
    [`${file}.py`, `${file}/__init__.py`].some((name) => isFile(files, posix.join(one, chdir, name)));
  return !hasApp(folder) && hasApp('.') ? '.' : folder;
}

function isFile(files: Folders, path: string): boolean {
  return !path.startsWith('..') && readIfText(files, path) !== undefined;
}

/** The config that a command reads. */
export type ConfigPlace =
  | { readonly state: 'there'; readonly path: string }
  /** None is named and none is there: gunicorn would find one of this path by itself. */
  | { readonly state: 'default'; readonly path: string }
  /** The command names one that is not in the target, or that cannot be told. */
  | { readonly state: 'elsewhere'; readonly name: string };

/** Gunicorn reads this file of the folder it is started in, when no other one is named (its settings, "config"). */
export const defaultConfig = 'gunicorn.conf.py';

/** Which config a command reads: the one that it names, else the default one of its folder. */
export function configOf(
  files: Folders,
  { config, folder = '.' }: Partial<Pick<GunicornCommand, 'config' | 'folder'>>,
): ConfigPlace {
  if (config === undefined) {
    const path = posix.join(folder, defaultConfig);
    return { state: isFile(files, path) ? 'there' : 'default', path };
  }
  const module = /^python:([\w.]+)$/.exec(config)?.[1];
  const name = module === undefined ? config.replace(/^file:/, '') : module.split('.').join('/');
  const steps = name.split('/').filter(Boolean);
  const ends = name.startsWith('/')
    ? steps.map((_, index) => steps.slice(index).join('/'))
    : [posix.join(folder, name)];
  const candidates = module === undefined ? ends : ends.flatMap((end) => [`${end}.py`, `${end}/__init__.py`]);
  const path = candidates.find((one) => isFile(files, one));
  return path === undefined ? { state: 'elsewhere', name: config } : { state: 'there', path };
}

/** What a gunicorn config says; undefined where it does not, or not plainly. */
export interface GunicornConfig {
  readonly workers: number | undefined;
  /** Whether it says what gunicorn listens to, plainly or not. */
  readonly bound: boolean;
  readonly port: number | undefined;
  readonly workerClass: string | undefined;
  readonly maxRequests: boolean;
  readonly chdir: string | undefined;
  /** The app, where the command does not name it (gunicorn 20.1 and later). */
  readonly wsgiApp: string | undefined;
  /** Whether its code already deals with the folder that processes share their metrics in. */
  readonly sharesMetrics: boolean;
}

/** Reads the settings that a config assigns at its top level. */
export function readGunicornConfig({ text, root }: PythonSource): GunicornConfig {
  const values = bindingsIn(root);
  const setting = (name: string): SyntaxNode | undefined => {
    const binding = values.get(name)?.at(-1);
    return binding?.kind === 'value' ? binding.value : undefined;
  };
  return {
    workers: numberIn(setting('workers')),
    bound: values.has('bind'),
    port: portOf(stringValue(setting('bind'))),
    workerClass: stringValue(setting('worker_class')),
    maxRequests: (numberIn(setting('max_requests')) ?? 0) > 0,
    chdir: stringValue(setting('chdir')),
    wsgiApp: stringValue(setting('wsgi_app')),
    sharesMetrics:
      /prometheus_multiproc_dir/i.test(text) && root.descendantsOfType(['string', 'identifier']).some(isFolder),
  };
}

/** Whether a name, or a text that is no docstring, is the variable of the folder. */
function isFolder(node: SyntaxNode): boolean {
  return /prometheus_multiproc_dir/i.test(node.text) && node.parent?.type !== 'expression_statement';
}

/**
 * The number that an expression is: a literal, or the fallback of `int(os.environ.get("WEB_CONCURRENCY", 4))`; 2 for one
 * that is counted from the processors.
 */
function numberIn(node: SyntaxNode | undefined): number | undefined {
  if (node === undefined || node.type === 'none') return undefined;
  if (node.type === 'integer') return Number(node.text.replaceAll('_', ''));
  const text = stringValue(node);
  if (text !== undefined) return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  if (node.type === 'boolean_operator') return numberIn(field(node, 'right'));
  return (node.type === 'call' ? numberOfCall(node) : undefined) ?? 2;
}

function numberOfCall(call: SyntaxNode): number | undefined {
  const given = positionalArguments(call);
  const name = field(call, 'function')?.text ?? '';
  if (/(?:environ\.get|getenv)$/.test(name)) return numberIn(given[1]);
  return /^(?:int|max|min)$/.test(name) && given.length === 1 ? numberIn(given[0]) : undefined;
}
