import { styleText } from 'node:util';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text, or leaves it plain. */
export type Paint = (colour: Colour, text: string) => string;

/**
 * Colours for a stream: only on a terminal, never with NO_COLOR set (no-color.org: to anything but the empty string),
 * always with FORCE_COLOR (force-color.org). Newer versions of Node's styleText look at standard output themselves; the
 * stream here may be the other one.
 */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const forced = Boolean(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0';
  const plain = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb' || !(stream.isTTY === true || forced);
  return plain ? (_, text) => text : (colour, text) => styleText(colour, text, { validateStream: false });
}
