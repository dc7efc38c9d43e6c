import type { Paint } from '../../report/paint.js';
import type { Diagnosis } from '../diagnose.js';
import type { Finding } from '../rule.js';

/** The findings for people: by file, each rule's reason once in a file, and a summary. */
export function textOf({ findings, examined }: Diagnosis, paint: Paint): string {
  if (examined === 0) {
    return 'No JavaScript or TypeScript code here uses prom-client, @prometheus-io/client or a middleware built on them.\n';
  }
  const paths = [...new Set(findings.map(({ path }) => path))];
  const files = paths.map((path) => {
    const inFile = findings.filter((finding) => finding.path === path);
    return fileText(path, inFile, paint);
  });
  return [...files, summary(findings, examined, paint)].join('\n');
}

function fileText(path: string, findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ line, column }) => `${line}:${column}`.length));
  const indent = ' '.repeat(width + 4);
  const explained = new Set<string>();
  const lines = findings.flatMap((finding) => {
    const place = `${finding.line}:${finding.column}`.padStart(width);
    const kind = paint(finding.severity === 'error' ? 'red' : 'yellow', finding.severity);
    const head = `  ${place}  ${kind}  ${finding.message}  ${paint('dim', finding.rule)}`;
    const more = `${finding.rule}\0${finding.mend}`;
    if (explained.has(more)) return [head];
    explained.add(more);
    return [
      head,
      ...wrapped(`Why: ${finding.why}`, indent).map((text) => paint('dim', text)),
      ...wrapped(`Mend: ${finding.mend}`, indent),
    ];
  });
  return `${paint('bold', path)}\n${lines.join('\n')}\n`;
}

const columns = 110;

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + word.length >= columns) {
      lines.push(indent + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
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
