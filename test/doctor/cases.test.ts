import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Diagnosis, diagnose } from '../../src/doctor/diagnose.js';
import { allRules } from '../../src/doctor/rules/all.js';
import { Workspace } from '../../src/plan/workspace.js';
import { FIXTURES } from '../support/fixture.js';

/**
 * Every folder of fixtures/doctor is a rule, every folder in one of those a service: `wrong-…` has the fault, `right-…`
 * looks like it and has not. A comment `// expect: <rule>[=<severity>], …` at the end of a line says what doctor has to
 * find in it; it may find nothing else, in any service, by any rule.
 */
const root = join(FIXTURES, 'doctor');
const ruleFolders = readdirSync(root);

describe.each(ruleFolders)('%s', (rule) => {
  const services = readdirSync(join(root, rule));

  test.each(services)('%s: exactly the expected lines', (service) => {
    const folder = join(root, rule, service);
    const { found, skipped } = linesOf(diagnoseFolder(folder));
    const expected = expectedIn(folder);
    expect(skipped).toEqual([]);
    expect(withoutSeverity(found)).toEqual(withoutSeverity(expected));
    for (const line of expected.filter((each) => each.includes('='))) expect(found).toContain(line);
    const hasFault = expected.some((line) => line.includes(` ${rule}`));
    expect(hasFault, 'a wrong service has the fault of its folder, a right one has none').toBe(
      service.startsWith('wrong-'),
    );
  });

  test('has a service with the fault and one without', () => {
    expect(services.some((name) => name.startsWith('wrong-'))).toBe(true);
    expect(services.some((name) => name.startsWith('right-'))).toBe(true);
  });
});

test('every rule has a folder', () => {
  expect(ruleFolders.sort()).toEqual([...allRules.map(({ id }) => id), 'silence-without-reason'].sort());
});

function diagnoseFolder(folder: string): Diagnosis {
  const workspace = new Workspace(folder);
  return diagnose(workspace.root, workspace);
}

function linesOf({ findings, skipped }: Diagnosis): { found: string[]; skipped: readonly unknown[] } {
  const found = findings.map(({ path, line, rule, severity }) => `${path}:${line} ${rule}=${severity}`);
  return { found: [...new Set(found)].sort(), skipped };
}

function expectedIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const lines = files.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const shown = path.slice(folder.length + 1);
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const rules = /\/\/ expect: (.+)$/.exec(text)?.[1] ?? '';
        return rules.split(', ').flatMap((each) => (each === '' ? [] : `${shown}:${index + 1} ${each}`));
      });
  });
  return [...new Set(lines)].sort();
}

function withoutSeverity(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.replace(/=\w+$/, '')))].sort();
}
