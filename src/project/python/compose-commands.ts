import { posix } from 'node:path';
import { parse } from 'yaml';
import { shellCommands } from '../../languages/shell-words.js';
import type { Folders } from '../deployment.js';
import { readIfText } from '../source-files.js';
import type { StartCommand } from './start-command.js';

/**
 * What the services of a compose file run that are built here, or whose image is this target's: its gunicorn serves a
 * module that is here. Nothing is edited by it: compose takes an overlay.
 */
export function composeCommands(files: Folders, path: string): StartCommand[] {
  const text = readIfText(files, path) ?? '';
  const services = Object.values(asObject(asObject(parsed(text))['services'])).map(asObject);
  return services
    .filter((service) => service['build'] !== undefined || servesModule(files, wordsOf(service['command'])))
    .flatMap((service) => {
      const directory = service['working_dir'];
      const words = [...wordsOf(service['entrypoint']), ...wordsOf(service['command'])];
      const common = {
        path,
        by: 'compose',
        form: 'exec',
        editable: false,
        folder: typeof directory === 'string' ? undefined : buildFolder(path, service['build']),
        environment: environmentOf(service['environment']),
      } as const;
      return words.length === 0 ? [] : [{ ...common, words: words.map(wordOf) }];
    });
}

/** Whether gunicorn serves a module of a package that is in the target: `shop.wsgi:app`; any image may have an `app:app`. */
function servesModule(files: Folders, words: readonly string[]): boolean {
  const modules = words.flatMap((word) => /^(\w+(?:\.\w+)+)(?::|$)/.exec(word)?.[1] ?? []);
  const isHere = (module: string) => readIfText(files, `${module.replaceAll('.', '/')}.py`) !== undefined;
  return words.some((word) => posix.basename(word) === 'gunicorn') && modules.some(isHere);
}

/** The folder that is built: that is where the code comes from. */
function buildFolder(path: string, build: unknown): string | undefined {
  if (build === undefined) return '.';
  const context = typeof build === 'string' ? build : (asObject(build)['context'] ?? '.');
  if (typeof context !== 'string') return undefined;
  const folder = posix.join(posix.dirname(path), context);
  return folder.startsWith('..') || posix.isAbsolute(context) ? undefined : folder.replace(/(.)\/$/, '$1');
}

function parsed(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return undefined; // not valid: it says nothing
  }
}

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string')
    return shellCommands(value)
      .flat()
      .map((word) => word.value);
  return Array.isArray(value) ? value.map(String) : [];
}

/** Compose fills in variables, in a list too, as a shell does in double quotes; `$$` is a dollar sign. */
function wordOf(value: string) {
  const written = /\$/.test(value) ? `"${value.replace(/["\\`]/g, '\\$&').replaceAll('$$', '\\$')}"` : undefined;
  return { value, start: 0, end: 0, written };
}

/** `A: 1`, or `- A=1`. */
function environmentOf(value: unknown): Record<string, string> {
  const pairs = Array.isArray(value)
    ? value
        .map((line) => /^(\w+)=(.*)$/s.exec(String(line)) ?? [])
        .map(([, name = '', set = '']) => [name, set] as const)
    : Object.entries(asObject(value)).map(([name, set]) => [name, String(set)] as const);
  // `${WORKERS:-4}` is filled in by compose: its fallback is what is known here.
  return Object.fromEntries(pairs.map(([name, set]) => [name, set.replace(/^\$\{\w+:?-([^}]*)\}$/, '$1')]));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
