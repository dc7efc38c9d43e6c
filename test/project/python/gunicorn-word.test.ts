import { expect, it } from 'vitest';
import { gunicornWord } from '../../../src/project/python/gunicorn-word.js';

it.each([
  ['gunicorn a:b', 0],
  ['/srv/venv/bin/gunicorn3 a:b', 0],
  ['/usr/bin/gunicorn-3 a:b', 0],
  ['exec gunicorn-3.11 a:b', 1],
  ['WEB_CONCURRENCY=3 exec gunicorn a:b', 2],
  ['env A=b gunicorn a:b', 2],
  ['then exec poetry run gunicorn a:b', 4],
  ['uv run --frozen python -m gunicorn a:b', 5],
  ['python -X dev -m coverage run -m gunicorn a:b', 7],
  ['python /srv/venv/bin/gunicorn a:b', 1],
  ['gosu gunicorn gunicorn a:b', 2],
  ['/tini -- ./entrypoint.sh gunicorn a:b', 3],
  ['wait-for-it db:5432 -- gunicorn a:b', 3],
  ['bin/start-nginx gunicorn a:b', 1],
  ['$VENV/python -m gunicorn a:b', 2],
  ['mkdir -p /var/log/gunicorn', -1],
  ['exec mkdir -p /var/log/gunicorn', -1],
  ['chown web:web /run/gunicorn', -1],
  ['logrotate /etc/logrotate.d/gunicorn', -1],
  ['/usr/bin/install -d /run/gunicorn', -1],
  ['sudo systemctl restart gunicorn', -1],
  ['pip install gunicorn', -1],
  ['uv add gunicorn', -1],
  ['python manage.py collect --log /var/log/gunicorn', -1],
  ['python manage.py gunicorn', -1],
  ['apt-get update', -1],
  ['LOG=/var/log/gunicorn', -1],
])('%s', (line, index) => {
  expect(gunicornWord(line.split(' '))).toBe(index);
});
