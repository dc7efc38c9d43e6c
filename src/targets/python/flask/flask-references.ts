import { posix } from 'node:path';
import type { Folders } from '../../../project/deployment.js';
import type { AppReference } from '../../../project/python/gunicorn-options.js';
import { scriptRunBy } from '../../../project/python/python-scripts.js';
import type { StartCommand } from '../../../project/python/start-command.js';
import { environmentFiles, startCommands } from '../../../project/python/start-commands.js';

/** What names an app to Flask, or runs it. */
export interface FlaskReference extends AppReference {
  /** The folder that Python looks in first, relative to the target. */
  readonly folder: string;
}

/** What `FLASK_APP`, `flask --app` and `python file.py` name, in the target's commands and in the files that Flask loads. */
export function flaskReferences(files: Folders): FlaskReference[] {
  const inCommands = startCommands(files).flatMap((command) => referencesOf(command, files));
  return [...inCommands, ...reference(environmentFiles(files)['FLASK_APP'] ?? '')];
}

function referencesOf(command: StartCommand, files: Folders): FlaskReference[] {
  const { words, environment } = command;
  const values = words.map(({ value }) => value);
  const script = scriptRunBy(command, files);
  const ofScript = script === undefined ? [] : [{ module: script, name: '', folder: posix.dirname(script) }];
  if (!values.some((word) => posix.basename(word) === 'flask')) return ofScript;
  const option = values.findIndex((word) => word === '--app' || word === '-A');
  const named = [
    ...(option === -1 ? [] : [values[option + 1] ?? '']),
    ...values.flatMap((word) => /^--app=(.+)$/.exec(word)?.[1] ?? []),
    environment['FLASK_APP'] ?? '',
  ];
  return [...named.flatMap(reference), ...ofScript];
}

/** `shop`, `shop:app`, `shop:create_app()`, `path/to/file.py`, `file.py:app`. */
function reference(word: string): FlaskReference[] {
  const [, module, name = ''] = /^([\w./-]+)(?::(\w+)(?:\(.*\))?)?$/.exec(word) ?? [];
  return module === undefined || module === '' ? [] : [{ module, name, folder: '.' }];
}
