import { describe, expect, it } from 'vitest';
import { isSource, mentions } from '../../src/plan/dependents.js';

const going = ['shop/metrics/__init__.py', 'shop/metrics/settings.py', 'shop/metrics/exporter.py', 'gunicorn.conf.py'];

describe('mentions, in Python', () => {
  it.each([
    ['from shop.metrics import instrument', 'shop/metrics/__init__.py'],
    ['    from .metrics.exporter import exporter', 'shop/metrics/__init__.py'],
    ['from . import metrics', 'shop/metrics/__init__.py'],
    ['from .metrics import exporter as e', 'shop/metrics/__init__.py'],
    ['import shop.metrics.settings as s', 'shop/metrics/settings.py'],
    ['from metrics import instrument', 'shop/metrics/__init__.py'],
    ['from settings import DEBUG', undefined],
    ['from .settings import DEBUG', undefined],
    ['import metrics_of_others', undefined],
    ['# from .metrics import instrument', undefined],
    ['x = "from .metrics import y"', undefined],
  ])('%s', (line, file) => {
    const steps = mentions('shop/__init__.py', `import os\n${line}\n`, going);
    expect(steps).toEqual(
      file === undefined
        ? []
        : [
            {
              path: 'shop/__init__.py',
              reason: expect.stringMatching(/^line 2 uses shop.metrics/),
              snippet: line.trim(),
            },
          ],
    );
  });

  it('counts Python to the sources', () => {
    expect([isSource('a.py', ''), isSource('requirements.txt', '')]).toEqual([true, false]);
  });
});
