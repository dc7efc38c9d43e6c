import { wrapped } from '../../report/lines.js';
import type { Paint } from '../../report/paint.js';
import type { Diagnosis } from '../diagnose.js';
import type { Finding } from '../rule.js';

/** The findings for people: by file, each rule's reason once in a file, and a summary; explanations in lines of `width`. */
export function textOf({ findings, examined }: Diagnosis, width: number, paint: Paint): string {
  if (examined === 0) {
    return 'No JavaScript or TypeScript code here uses prom-client, @prometheus-io/client or a middleware built on them.\n';
  }
  const paths = [...new Set(findings.map(({ path }) => path))];
  const files = paths.map((path) => {
    const inFile = findings.filter((finding) => finding.path === path);
    return fileText(path, inFile, width, paint);
  });
  return [...files, summary(findings, examined, paint)].join('\n');
}

function fileText(path: string, findings: readonly Finding[], lineWidth: number, paint: Paint): string {
  const width = Math.max(...findings.map(({ line, column }) => `${line}:${column}`.length));
  const indent = ' '.repeat(width + 4);
  const below = (text: string) => wrapped(text, lineWidth - indent.length).map((line) => indent + line);
  const explained = new Set<string>();
  const lines = findings.flatMap((finding) => {
    const place = `${finding.line}:${finding.column}`.padStart(width);
    const kind = paint(finding.severity === 'error' ? 'red' : 'yellow', finding.severity);
    const head = `  ${place}  ${kind}  ${finding.message}  ${paint('dim', finding.rule)}`;
    const more = `${finding.rule}\0${finding.mend}`;
    if (explained.has(more)) return [head];
    explained.add(more);
    return [head, ...below(`Why: ${finding.why}`).map((text) => paint('dim', text)), ...below(`Mend: ${finding.mend}`)];
  });
  return `${paint('bold', path)}\n${lines.join('\n')}\n`;
}

function summary(findings: readonly Finding[], examined: number, paint: Paint): string {
  const files = examined === 1 ? '1 file that has' : `${examined} files that have`;
  if (findings.length === 0) return `${paint('green', 'No fault found')} in ${files} to do with metrics.\n`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return `${plural(errors, 'error')}, ${plural(findings.length - errors, 'warning')} in ${files} to do with metrics.\n`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
