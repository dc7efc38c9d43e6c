import { Workspace } from '../../../src/plan/workspace.js';
import { planMonitoring } from '../../../src/targets/plan-monitoring.js';
import type { Answers } from '../../../src/wizard/answers.js';
import { makeFolder, type Texts } from '../../cli/support/folders.js';
import { someAnswers } from '../../support/some-answers.js';

/** What is planned for a target with these files. */
export function plan(
  texts: Texts = {},
  given: Partial<Answers> = {},
  dockerfile?: string,
  code = 'app.listen(process.env.PORT || 4000)',
) {
  const workspace = new Workspace(makeFolder(texts));
  const planned = planMonitoring({ ...someAnswers, ...given }, workspace, {
    exposed: { flavour: 'node' },
    own: [],
    names: ['shop'],
    dockerfile,
    ports: { reached: [{ path: 'app.js', text: code }] },
  });
  const texts_ = new Map(planned.files.map((path) => [path, workspace.read(path) ?? '']));
  return {
    ...planned,
    manual: workspace.planned.manual,
    text: (path: string) => texts_.get(path) ?? '',
    texts: texts_,
  };
}
