import { insertAt, type TextEdit } from '../../languages/splice.js';
import type { GunicornCommand } from '../../project/python/gunicorn.js';

/**
 * The edit that has a gunicorn command read a config: the option goes right behind the word `gunicorn`, where it is
 * gunicorn's own, whatever follows.
 *
 * @param config as the command has to name it, from the folder that it runs in
 * @returns undefined where the command's file is not to be edited
 */
export function nameConfig({ place }: Pick<GunicornCommand, 'place'>, config: string): TextEdit | undefined {
  if (place === undefined || !/^[\w./-]+$/.test(config)) return undefined;
  return insertAt(place.offset, place.form === 'exec' ? `, "-c", ${JSON.stringify(config)}` : ` -c ${config}`);
}
