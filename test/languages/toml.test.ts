import { describe, expect, it } from 'vitest';
import { splice } from '../../src/languages/splice.js';
import { addToArray, addToTable } from '../../src/languages/toml.js';

const path = ['project', 'dependencies'];
const array = (text: string) => {
  const edits = addToArray(text, path, 'new>=1');
  return edits === undefined ? undefined : splice(text, edits);
};
const table = (text: string, where: readonly string[] = ['packages']) => {
  const edits = addToTable(text, where, 'new', '>=1');
  return edits === undefined ? undefined : splice(text, edits);
};

describe('addToArray', () => {
  it.each([
    ['one line', '[project]\ndependencies = ["a", "b"] # c\n', '[project]\ndependencies = ["a", "b", "new>=1"] # c\n'],
    ['one line with a comma', '[project]\ndependencies = [ "a", ]\n', '[project]\ndependencies = [ "a", "new>=1", ]\n'],
    ['an empty one', '[project]\ndependencies = []\n', '[project]\ndependencies = ["new>=1"]\n'],
    [
      'several lines',
      '[project]\ndependencies = [\n    "a[x]", # one, [two]\n    "b",  # "c"\n    # end\n]\nx = 1\n',
      '[project]\ndependencies = [\n    "a[x]", # one, [two]\n    "b",  # "c"\n    "new>=1",\n    # end\n]\nx = 1\n',
    ],
    [
      'several lines without a last comma',
      "[project]\r\ndependencies = [\r\n\t'a',\r\n\t'b' # it's\r\n]\r\n",
      "[project]\r\ndependencies = [\r\n\t'a',\r\n\t'b', # it's\r\n\t'new>=1'\r\n]\r\n",
    ],
    [
      'several lines that end where their last text does',
      '[project]\ndependencies = [\n    "a",\n    "b"\n]\n',
      '[project]\ndependencies = [\n    "a",\n    "b",\n    "new>=1"\n]\n',
    ],
    [
      'after texts that look like it',
      'x = """\n[project]\ndependencies = []\n"""\n[other]\ndependencies = ["z"]\n[project]\nname = \'a"[\'\ndependencies = ["a"]\n',
      'x = """\n[project]\ndependencies = []\n"""\n[other]\ndependencies = ["z"]\n[project]\nname = \'a"[\'\ndependencies = ["a", "new>=1"]\n',
    ],
    ['a dotted key', 'project.dependencies = ["a"]\n', 'project.dependencies = ["a", "new>=1"]\n'],
    ['a quoted header', '[ "project" ]\ndependencies = ["a"]', '[ "project" ]\ndependencies = ["a", "new>=1"]'],
    [
      'a byte order mark',
      '\uFEFF[project]\ndependencies = ["a"]\n',
      '\uFEFF[project]\ndependencies = ["a", "new>=1"]\n',
    ],
    ['none', '[project]\nname = "a"\n', undefined],
    ['an inline table', 'project = { dependencies = ["a"] }\n', undefined],
    ['something else', '[project]\ndependencies = "a"\n', undefined],
    ['not TOML', '[project]\ndependencies = ["a"\nb\n', undefined],
  ])('%s', (_, text, expected) => {
    expect(array(text)).toBe(expected);
  });
});

describe('addToTable', () => {
  it.each([
    ['the last table', '[packages]\na = "*"\n', '[packages]\na = "*"\nnew = ">=1"\n'],
    [
      'one among others',
      '[packages]\na = "*" # c\nb = {version = "1", extras = ["x"]}\n\n# dev\n[dev-packages]\nc = "*"\n',
      '[packages]\na = "*" # c\nb = {version = "1", extras = ["x"]}\nnew = ">=1"\n\n# dev\n[dev-packages]\nc = "*"\n',
    ],
    [
      'an empty one',
      "[packages]\r\n\r\n[requires]\r\np = '3'\r\n",
      "[packages]\r\nnew = '>=1'\r\n\r\n[requires]\r\np = '3'\r\n",
    ],
    ['no final newline', '[packages]\na = "*"', '[packages]\na = "*"\nnew = ">=1"'],
    [
      'one with tables in it',
      '[packages]\na = "*"\n[packages.b]\nversion = "1"\n',
      '[packages]\na = "*"\nnew = ">=1"\n[packages.b]\nversion = "1"\n',
    ],
    ['none', '[other]\na = "*"\n', undefined],
    ['one that has it', '[packages]\nnew = "*"\n', undefined],
    ['not TOML', '[packages]\na = \n', undefined],
  ])('%s', (_, text, expected) => {
    expect(table(text)).toBe(expected);
  });
});
