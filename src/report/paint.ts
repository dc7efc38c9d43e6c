import { styleText } from 'node:util';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text, or leaves it plain. */
export type Paint = (colour: Colour, text: string) => string;

/**
 * Colours for a stream: only on a terminal, never with NO_COLOR set (no-color.org: to anything but the empty string),
 * always with FORCE_COLOR.
 */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const plain = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb' || !(stream.isTTY === true || forced);
  return plain ? (_, text) => text : (colour, text) => styleText(colour, text);
}
