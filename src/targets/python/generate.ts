import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { pythonLiteral } from '../../languages/python-literal.js';
import { madeBy } from '../../made-by.js';
import { defaultBuckets } from '../../metrics/buckets.js';
import { catalogueFor } from '../../metrics/catalogue.js';
import type { Metric } from '../../metrics/metric.js';
import { compiledTemplate, precompiledTemplate } from '../../package-files.js';
import type { Answers } from '../../wizard/answers.js';
import { isWanted } from '../../wizard/parts.js';
import type { GeneratedFile } from '../generated-file.js';
import { type FlaskTemplate, flaskTemplates } from './templates.js';

/** What counts the requests: prometheus_flask_exporter, or generated code on plain prometheus_client. */
export type FlaskFlavour = 'exporter' | 'client';

/** The answers that the generated Python depends on. */
export type FlaskAnswers = Pick<
  Answers,
  'appTag' | 'metricsPath' | 'redis' | 'buckets' | 'prefix' | 'excludePaths' | 'metricsPort' | 'with' | 'skip'
>;

/** What the generated Python depends on besides the answers. */
export interface FlaskSurroundings {
  readonly flavour: FlaskFlavour;
  /** What makes the app's responses, where it is not Flask: the exporter's decorators have to know. Connexion: 2 only. */
  readonly extension?: 'restful' | 'connexion' | undefined;
  readonly eol?: '\n' | '\r\n';
  /** Where gunicorn's configuration is created, relative to the target; undefined when there is one. */
  readonly gunicornConfig?: string | undefined;
  /** Worker processes that the created configuration asks for; undefined: it leaves the number to the command. */
  readonly workers?: number | undefined;
}

/** What an existing gunicorn configuration needs; both texts are whole lines that end with a line feed. */
export interface GunicornEdits {
  /** Before every statement but the docstring and `from __future__`. */
  readonly head: string;
  /** After everything else. */
  readonly tail: string;
}

/** Without the compiler, which is loaded by the build only; the package has no types for this part of it. */
const runtime = createRequire(import.meta.url)('handlebars/runtime.js') as typeof import('handlebars');

/**
 * The metrics package for a Flask app, and gunicorn's configuration where one is to be created.
 *
 * @param folder where the package goes, relative to the target
 */
export function generateFlaskModules(
  folder: string,
  answers: FlaskAnswers,
  { flavour, extension, eol = '\n', gunicornConfig, workers }: FlaskSurroundings,
): GeneratedFile[] {
  const holes = {
    ...holesFor(answers, flavour),
    restful: extension === 'restful',
    connexion: extension === 'connexion',
  };
  const { redis, metricsPort } = answers;
  const parts = { redis, ownPort: metricsPort !== undefined, pushes: isWanted('pushgateway', answers, false) };
  const modules: GeneratedFile[] = flaskTemplates(flavour, parts).map((template) => {
    const body = render(template.file, holes);
    const text = sealedHeader(template, body) + body;
    return { path: posix.join(folder, `${template.name}.py`), text, kind: 'sealed' };
  });
  if (gunicornConfig !== undefined) {
    const text = render('gunicorn.conf.py.hbs', { hooks: hooksFrom(gunicornConfig, folder), workers });
    modules.push({ path: gunicornConfig, text, kind: 'seeded' });
  }
  return modules.map((file) => ({ ...file, text: file.text.replaceAll('\n', eol) }));
}

/**
 * What an existing gunicorn configuration needs. Its own hooks are kept: each runs after ours. A hook that is given as a
 * string (`child_exit = 'module.function'`) cannot be kept; refuse to edit such a file.
 *
 * @param config the configuration, relative to the target
 * @param folder the metrics package, relative to the target
 */
export function gunicornEdits(config: string, folder: string): GunicornEdits {
  return {
    head: render('gunicorn-head.py.hbs', { hooks: hooksFrom(config, folder) }),
    tail: render('gunicorn-tail.py', {}),
  };
}

/** Found from the configuration's own place: gunicorn may be started in another folder. */
function hooksFrom(config: string, folder: string): string {
  return posix.join(posix.relative(posix.dirname(config), folder), 'gunicorn_hooks.py');
}

/** Puts the answers into a template, where it has holes; each goes through the encoder for Python. */
function render(file: string, holes: object): string {
  if (!file.endsWith('.hbs')) return compiledTemplate('flask', file);
  const handlebars = runtime.create();
  handlebars.registerHelper('literal', pythonLiteral);
  return handlebars.template(precompiledTemplate('flask', file) as TemplateSpecification)(holes);
}

/** Everything that the templates name, by the answers and by the catalogue. */
function holesFor(answers: FlaskAnswers, flavour: FlaskFlavour): object {
  const { prefix, redis } = answers;
  const { metrics } = catalogueFor({ flavour: `flask-${flavour}`, prefix, multiprocess: true, redis });
  return {
    application: answers.appTag,
    metricsPath: answers.metricsPath,
    prefix: prefix ?? '',
    excludedPaths: answers.excludePaths ?? [],
    metricsPort: answers.metricsPort,
    redis,
    durationBuckets: answers.buckets ?? defaultBuckets,
    declarations: Object.entries(metrics).map(([role, metric]) => declaration(role, metric)),
  };
}

function declaration(role: string, { name, help, labels }: Metric): object {
  return { constant: role.replace(/[A-Z]/g, '_$&').toUpperCase(), name, help, labels };
}

/** The head of a sealed file: who made it, and the words that keep the target's linters and formatters away from it. */
function sealedHeader({ about }: FlaskTemplate, body: string): string {
  return `# ${madeBy(body)}: ${about}
# Please do not edit: an update replaces this file whole. Your own metrics go into files of your own.
# ruff: noqa
# flake8: noqa
# pylint: skip-file
# isort: skip_file
# fmt: off
# type: ignore
`;
}
