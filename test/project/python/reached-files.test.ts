import { expect, it } from 'vitest';
import { pythonParser } from '../../../src/languages/python/parse.js';
import { pythonCode } from '../../../src/project/python/code.js';
import { reachedFiles } from '../../../src/project/python/reached-files.js';
import { filesOf } from '../../targets/python/files.js';

it('follows imports, packages around modules, and modules that a text names', async () => {
  const texts = {
    'wsgi.py': 'from shop.app import create_app\napp = create_app()\n',
    'shop/__init__.py': 'import shop.deep.er as d\n',
    'shop/app.py': 'def create_app():\n    from . import views\n    load("shop.tasks.send")\n',
    'shop/views.py': 'from wsgi import app\n',
    'shop/tasks.py': '',
    'shop/deep/__init__.py': 'import other.thing, flask\n',
    'shop/deep/er.py': '',
    'other/thing.py': '',
    'worker.py': 'from shop.app import create_app\n',
    'shop/unused.py': '',
  };
  const reached = reachedFiles(pythonCode(filesOf(texts), await pythonParser()), ['wsgi.py']);
  const { 'worker.py': _worker, 'shop/unused.py': _unused, ...expected } = texts;
  expect([...reached].sort()).toEqual(Object.keys(expected).sort());
});
