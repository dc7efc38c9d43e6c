import { parse } from 'jsonc-parser';
import { type Files, readIfText } from './source-files.js';

/** The process file of PM2, as text in which fields stand as in JSON or JavaScript. */
export interface Pm2File {
  readonly path: string;
  readonly text: string;
}

const ends = ['js', 'cjs', 'mjs', 'json', 'config.js', 'config.cjs', 'config.mjs', 'config.json'];
const names = [...ends.flatMap((end) => [`ecosystem.${end}`, `pm2.${end}`]), 'process.json'];

/** Whether a path has one of the names that PM2's process files usually have. */
export function isPm2File(path: string): boolean {
  return names.includes(path);
}

/** PM2's process file in the target's root; comments are taken out of a JSON one. */
export function findPm2File(files: Files): Pm2File | undefined {
  for (const path of names) {
    const text = readIfText(files, path);
    if (text !== undefined) return { path, text: path.endsWith('.json') ? withoutComments(text) : text };
  }
  return undefined;
}

/** The files that the apps of a process file start (`script: './server.js'`), relative to the target. */
export function pm2Scripts({ text }: Pm2File): string[] {
  return [...text.matchAll(/\bscript["']?\s*:\s*(["'`])([^"'`\n]+)\1/g)].map((match) => match[2] ?? '');
}

function withoutComments(text: string): string {
  const json: unknown = parse(text);
  return json === undefined ? text : JSON.stringify(json);
}
