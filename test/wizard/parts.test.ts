import { describe, expect, it } from 'vitest';
import { isWanted, parseParts } from '../../src/wizard/parts.js';

describe('parseParts', () => {
  it.each([
    ['systemd', ['systemd']],
    ['systemd,dockerfile', ['dockerfile', 'systemd']],
    [
      ['procfile', 'systemd, procfile'],
      ['systemd', 'procfile'],
    ],
    ['kubernetes,grafana,rules,compose,prometheus', ['prometheus', 'rules', 'grafana', 'compose', 'kubernetes']],
  ])('%j', (value, expected) => {
    expect(parseParts(value)).toEqual(expected);
  });

  it.each(['', 'docker', 'Dockerfile', [], ['dockerfile', 'nginx'], 3, null, {}, 'systemd,'])('refuses %j', (value) => {
    expect(() => parseParts(value)).toThrow(
      'must name parts; there are dockerfile, systemd, procfile, prometheus, rules, grafana, compose, kubernetes',
    );
  });
});

describe('isWanted', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ with: ['systemd'] }, false, true],
    [{ with: ['procfile'] }, false, false],
    [{ skip: ['systemd'] }, true, false],
    [{ with: ['systemd'], skip: ['systemd'] }, true, false],
  ] as const)('%j, used: %s: %s', (choice, isUsed, expected) => {
    expect(isWanted('systemd', choice, isUsed)).toBe(expected);
  });
});
