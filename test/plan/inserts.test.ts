import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splice, type TextEdit } from '../../src/languages/splice.js';
import { compose, joinEdits, withoutHunks } from '../../src/plan/hunks.js';
import { describeInserts, locate } from '../../src/plan/inserts.js';
import { takeOut } from '../../src/plan/take-out.js';

/** Edits that do not overlap, for a text: each position is where one may begin. */
function editsFor(text: string, seeds: readonly (readonly [number, number, string])[]): TextEdit[] {
  const edits: TextEdit[] = [];
  let position = 0;
  for (const [skip, length, insertion] of seeds) {
    const offset = position + skip;
    if (offset + length > text.length) break;
    edits.push({ offset, length, text: insertion });
    position = offset + length;
  }
  return edits;
}

/** The user puts lines of their own between any lines, and takes one of theirs out; with and without ours. */
function edit(written: string, dropped: number, own: () => string): { edited: string; expected: string } {
  let edited = '';
  let expected = '';
  for (const [index, line] of written.split(/(?<=\n)/).entries()) {
    const isOurs = line.startsWith('instrument');
    if (index === dropped && !isOurs) continue;
    const added = own();
    edited += added + line;
    expected += added + (isOurs ? '' : line);
  }
  return { edited, expected };
}

const piece = fc.constantFrom('a', 'b', ')', ' ', '\n', '\r\n', 'é', '😀', 'word', '\uFEFF');
const anyText = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));
const seeds = fc.array(fc.tuple(fc.nat(8), fc.nat(3), anyText), { maxLength: 5 });

describe('compose', () => {
  test('several rounds of edits are known by what they replaced', () => {
    fc.assert(
      fc.property(anyText, fc.array(seeds, { maxLength: 3 }), (base, rounds) => {
        let text = base;
        let hunks = compose(text, [], []);
        for (const round of rounds) {
          const edits = editsFor(text, round);
          hunks = compose(text, hunks, edits);
          text = splice(text, edits);
        }
        expect(withoutHunks(text, 0, text.length, hunks)).toBe(base);
      }),
      { numRuns: 2000 },
    );
  });

  test('a wrap becomes one replacement', () => {
    const text = 'const app = express();';
    const edits = [
      { offset: 12, length: 0, text: 'instrument(' },
      { offset: 21, length: 0, text: ')' },
    ];
    expect(joinEdits(text, edits)).toEqual([{ offset: 12, length: 9, text: 'instrument(express())' }]);
  });
});

describe('taking insertions out', () => {
  test('of a text as it was written gives back every byte', () => {
    fc.assert(
      fc.property(anyText, seeds, (base, round) => {
        const edits = editsFor(base, round).filter((edit) => edit.text !== '' || edit.length > 0);
        const text = splice(base, edits);
        const inserts = describeInserts(text, compose(base, [], edits));
        const parsed = JSON.parse(JSON.stringify(inserts)) as typeof inserts;
        expect(takeOut(text, { path: 'x', inserts: parsed })).toEqual({ text: base, left: [] });
      }),
      { numRuns: 3000 },
    );
  });

  test('after edits elsewhere takes out just our lines, or says which it cannot', () => {
    const eol = fc.constantFrom('\n', '\r\n');
    const line = fc.constantFrom('', '}', 'const a = 1;', 'app.use(x)', '// note', "import a from 'a';", '\tb();');
    const lines = fc.array(line, { minLength: 1, maxLength: 15 });
    const ours = fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lines, ours, lines, fc.infiniteStream(fc.nat(1000)), eol, (base, numbers, added, random, end) => {
        const pick = (limit: number): number => (random.next().value ?? 0) % limit;
        const text = base.join(end);
        const starts = base.map((_, index) => base.slice(0, index).join(end).length + (index === 0 ? 0 : end.length));
        const offsets = numbers.map(() => starts[pick(starts.length)] ?? 0).sort((a, b) => a - b);
        const edits = numbers.map((number, index) => ({
          offset: offsets[index] ?? 0,
          length: 0,
          text: `instrument${number}(app);${end}`,
        }));
        const written = splice(text, edits);
        const inserts = describeInserts(written, compose(text, [], edits));
        const dropped = pick(20);
        const { edited, expected } = edit(written, dropped, () =>
          pick(3) === 0 ? `${added[pick(added.length)] ?? ''}${end}` : '',
        );
        const { text: result, left } = takeOut(edited, { path: 'x.js', inserts });
        expect(left).toEqual([]);
        expect(result).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('locate', () => {
  const insert = {
    before: '// app\n',
    text: "import { instrument } from './metrics/index.js';\n",
    after: "import express from 'express';",
  };
  const wrap = { before: 'const app = ', text: 'instrument(express())', after: ';', old: 'express()' };

  test.each([
    ['both sides changed', "x\nimport { instrument } from './metrics/index.js';\ny\n", 2],
    ['one side changed', "// app\nimport { instrument } from './metrics/index.js';\ny\n", 7],
    ['a formatter changed the quotes', '// app\nimport {instrument} from "./metrics/index.js"\r\nx', 7],
  ])('finds a line where %s', (_, text, start) => {
    expect(locate(text, insert)).toMatchObject({ start });
  });

  test.each([
    ['it stands twice and its surroundings are gone', `${insert.text}x\n${insert.text}y`],
    ['a name was added to it', "import { counter, instrument } from './metrics/index.js';\n"],
    ['it was broken over lines', "import {\n  instrument,\n} from './metrics/index.js';\n"],
  ])('does not guess where %s', (_, text) => {
    expect(locate(text, insert)).toBe('unclear');
  });

  test('a wrap whose variable was renamed is found, one that was renamed itself is not', () => {
    expect(locate('const server = instrument(express());', wrap)).toEqual({ start: 15, end: 36 });
    expect(locate('const app = instrument(express(), 1);', wrap)).toBe('unclear');
  });

  test('what the user took out is gone', () => {
    expect(locate("import express from 'express';\nconst app = express();", insert)).toBe('gone');
    expect(locate("import express from 'express';\nconst app = express();", wrap)).toBe('gone');
  });
});

describe('package.json', () => {
  const path = 'package.json';
  const insert = { before: '', text: '    "prom-client": "^15.1.3",\n', after: '    "zod": "4"' };
  const made = { before: '', text: ',\n  "dependencies": {\n    "prom-client": "^15.1.3"\n  }', after: '' };

  test.each([
    [
      'another version',
      insert,
      '{\n  "dependencies": {\n    "prom-client": "^15.2.0",\n    "zod": "4"\n  }\n}\n',
      '{\n  "dependencies": {\n    "zod": "4"\n  }\n}\n',
    ],
    [
      'it became the last',
      insert,
      '{\n  "dependencies": {\n    "a": "1",\n    "prom-client": "^15.1.3"\n  }\n}\n',
      '{\n  "dependencies": {\n    "a": "1"\n  }\n}\n',
    ],
    [
      'a sibling in the object that was made',
      made,
      '{\n  "name": "x",\n  "dependencies": {\n    "express": "5",\n    "prom-client": "^15.1.3"\n  }\n}\n',
      '{\n  "name": "x",\n  "dependencies": {\n    "express": "5"\n  }\n}\n',
    ],
    [
      'another version in the object that was made',
      made,
      '{\n  "name": "x",\n  "dependencies": {\n    "prom-client": "^16"\n  }\n}\n',
      '{\n  "name": "x"\n}\n',
    ],
  ])('%s', (_, one, text, expected) => {
    expect(takeOut(text, { path, inserts: [one] })).toEqual({ text: expected, left: [] });
  });

  test('a name that is there twice stays', () => {
    const text = '{"dependencies": {"prom-client": "1"}, "devDependencies": {"prom-client": "1"}}';
    expect(takeOut(text, { path, inserts: [insert] })).toMatchObject({ text, left: [{ path }] });
  });
});
