import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { distinct } from '../counts.js';

const tailBytes = 16_384;
const tailLines = 12;
const mostErrors = 3;

/**
 * The last lines of a log, fit for a terminal: without control characters, each of bounded length. Errors that were
 * printed before them come first: a launcher's own trace often stands behind what ended the service.
 */
export function lastLines(log: string): string {
  const text = stripVTControlCharacters(readEnd(log)).replace(/[^\P{Cc}\n\t]/gu, '');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const last = lines.slice(-tailLines);
  const errors = distinct(lines.slice(0, -tailLines).filter(isError)).filter((line) => !last.includes(line));
  return [...errors.slice(0, mostErrors), ...last]
    .map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line))
    .join('\n');
}

/** The line by which Node and Python end a trace, or begin one: `TypeError: …`, `gunicorn.errors.HaltServer: …`. */
function isError(line: string): boolean {
  return /^[\w.]*(?:Error|Exception)(?: \[\w+\])?: /.test(line);
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
