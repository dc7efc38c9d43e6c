import { describe, expect, it } from 'vitest';
import { addRequirement, parseRequirements, specifierLike } from '../../src/languages/requirements.js';
import { splice } from '../../src/languages/splice.js';

const range = { least: '0.20', below: '1', pinned: '0.23.2' };
const name = 'prometheus-flask-exporter';
const added = (text: string) => splice(text, addRequirement(text, name, range));

describe('parseRequirements', () => {
  it('reads names, versions and includes, and passes over the rest', () => {
    const text = `# comment
-r base.txt
--requirement=requirements/common.txt
-c constraints.txt
--index-url https://pypi.example
-e git+https://example.com/x.git#egg=x
./local
Flask_SQLAlchemy == 3.0 ; python_version > "3"  # note
requests[socks]>=2,<3
uvloop @ https://example.com/uvloop.whl
celery==5.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
not a requirement
gunicorn`;
    const file = parseRequirements(text);
    expect(file.requirements.map((one) => [one.name, one.specifier])).toEqual([
      ['flask-sqlalchemy', '== 3.0'],
      ['requests', '>=2,<3'],
      ['uvloop', '@ https://example.com/uvloop.whl'],
      ['celery', '==5.3'],
      ['gunicorn', ''],
    ]);
    expect(file.includes).toEqual(['base.txt', 'requirements/common.txt']);
    expect(file.constraints).toEqual(['constraints.txt']);
    expect(file.hashed).toBe(true);
    expect(parseRequirements('# flask --hash=no\nflask\n').hashed).toBe(false);
  });
});

describe('addRequirement', () => {
  it.each([
    [
      'a pinned file',
      'flask==3.0.0\ngunicorn==21.2.0\n',
      'flask==3.0.0\ngunicorn==21.2.0\nprometheus-flask-exporter==0.23.2\n',
    ],
    ['a file without versions', 'gunicorn\nflask\n', 'gunicorn\nflask\nprometheus-flask-exporter>=0.20,<1\n'],
    [
      'compatible versions',
      'gunicorn~=21.2\nflask~=3.0\n',
      'gunicorn~=21.2\nflask~=3.0\nprometheus-flask-exporter~=0.23.2\n',
    ],
    [
      'a sorted file',
      'alembic==1\nflask==3\nredis==5\n',
      'alembic==1\nflask==3\nprometheus-flask-exporter==0.23.2\nredis==5\n',
    ],
    [
      'a sorted file that it becomes the first of',
      'pyyaml\nrq\nuvloop\n',
      'prometheus-flask-exporter>=0.20,<1\npyyaml\nrq\nuvloop\n',
    ],
    [
      'notes of pip-compile',
      'click==8\n    # via flask\nflask==3\n    # via\n    #   -r in\nredis==5\n',
      'click==8\n    # via flask\nflask==3\n    # via\n    #   -r in\nprometheus-flask-exporter==0.23.2\nredis==5\n',
    ],
    ['CRLF', 'flask==3\r\ngunicorn==21\r\n', 'flask==3\r\ngunicorn==21\r\nprometheus-flask-exporter==0.23.2\r\n'],
    ['no final newline', 'flask', 'flask\nprometheus-flask-exporter>=0.20,<1'],
    ['an empty file', '', 'prometheus-flask-exporter>=0.20,<1\n'],
    ['a byte order mark', '\uFEFFflask\n', '\uFEFFflask\nprometheus-flask-exporter>=0.20,<1\n'],
    ['includes only', '-r base.txt\n', '-r base.txt\nprometheus-flask-exporter>=0.20,<1\n'],
    [
      'a line that pip would not read',
      'flask==3\n<<<<<<< HEAD\n???\n',
      'flask==3\nprometheus-flask-exporter==0.23.2\n<<<<<<< HEAD\n???\n',
    ],
    [
      'continued lines',
      'flask==3 \\\n  --hash=a\n# end\n',
      'flask==3 \\\n  --hash=a\nprometheus-flask-exporter==0.23.2\n# end\n',
    ],
    ['one that is there', 'Prometheus_Flask.Exporter==0.1  # ours\n', 'Prometheus_Flask.Exporter==0.1  # ours\n'],
  ])('%s', (_, text, expected) => {
    expect(added(text)).toBe(expected);
    expect(added(added(text))).toBe(added(text));
  });
});

describe('specifierLike', () => {
  it('pins only where most are pinned, and not with a wildcard', () => {
    expect(specifierLike(['==1', '>=2', ''], range)).toBe('>=0.20,<1');
    expect(specifierLike(['==1.*', '==2.*'], range)).toBe('>=0.20,<1');
    expect(specifierLike([], range)).toBe('>=0.20,<1');
  });
});
