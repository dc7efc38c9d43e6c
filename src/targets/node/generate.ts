import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import Handlebars from 'handlebars';
import { javascriptLiteral } from '../../languages/javascript-literal.js';
import type { TextStyle } from '../../languages/style.js';
import type { ModuleKind } from '../../project/module-kind.js';
import type { Answers } from '../../wizard/answers.js';
import { sealedHeader } from './header.js';
import { renderModule } from './render/render-module.js';
import { type ModuleTemplate, templatesFor } from './templates.js';

/** A file to be created in the target. */
export interface GeneratedFile {
  /** Relative to the target. */
  readonly path: string;
  readonly text: string;
  readonly kind: 'sealed' | 'seeded';
}

/** The client's own buckets, in seconds: services that keep them can be added up. */
const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const templateFolder = new URL('../../../templates/node/', import.meta.url);

/**
 * The metrics folder's files for an app, in its language, module system and style.
 *
 * @param folder where they go, relative to the target
 */
export function generateModules(folder: string, kind: ModuleKind, style: TextStyle, answers: Answers): GeneratedFile[] {
  return templatesFor(answers).map((template) => ({
    path: posix.join(folder, template.name + kind.extension),
    text: generate(template, kind, style, answers),
    kind: template.kind,
  }));
}

function generate(template: ModuleTemplate, kind: ModuleKind, style: TextStyle, answers: Answers): string {
  const source = fillIn(template, answers).replaceAll("from 'prom-client'", `from '${answers.client}'`);
  const body = renderModule(source, {
    language: kind.language,
    module: kind.syntax,
    specifierExtension: kind.specifierExtension,
    style,
    useStrict: true,
  });
  return template.kind === 'sealed' ? sealedHeader(template.about, body, kind, style) + body : body;
}

/** Most templates are plain source; those with holes for answers are Handlebars. */
function fillIn(template: ModuleTemplate, answers: Answers): string {
  const text = readFileSync(new URL(template.file, templateFolder), 'utf8');
  if (!template.file.endsWith('.hbs')) return text;
  const handlebars = Handlebars.create();
  handlebars.registerHelper('literal', (value: unknown) => javascriptLiteral(value));
  const fill = handlebars.compile(text, { noEscape: true, strict: false });
  return fill({
    application: answers.appTag,
    metricsPath: answers.metricsPath,
    prefix: answers.prefix,
    excludedPaths: answers.excludePaths,
    metricsPort: answers.metricsPort,
    durationBuckets: answers.buckets ?? defaultBuckets,
  });
}
