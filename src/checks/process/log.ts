import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const tailBytes = 16_384;
const tailLines = 12;

/** The last lines of a log, fit for a terminal: without control characters, each of bounded length. */
export function lastLines(log: string): string {
  const text = stripVTControlCharacters(readEnd(log)).replace(/[^\P{Cc}\n\t]/gu, '');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-tailLines)
    .map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line))
    .join('\n');
}

function readEnd(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}
