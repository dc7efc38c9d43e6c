/** What a chart's template is rendered with. */
export interface Release {
  readonly name: string;
  /** Files of the chart, by their path in it. */
  readonly files: Readonly<Record<string, string>>;
  /** Named templates, by their name. */
  readonly templates: Readonly<Record<string, string>>;
  readonly apiVersions: readonly string[];
}

/**
 * Renders the few actions of Helm's language that the generated template has, as Helm does; throws at any other, so that
 * the template stays within what is checked here. https://helm.sh/docs/chart_template_guide/
 */
export function renderTemplate(text: string, { name, files, templates, apiVersions }: Release): string {
  const conditional = text.replace(
    /\{\{- if \.Capabilities\.APIVersions\.Has "([^"]+)" \}\}([\s\S]*?)\s*\{\{- end \}\}/g,
    (_, version: string, body: string) => (apiVersions.includes(version) ? body : ''),
  );
  return conditional.replace(/(\s*)\{\{(-?) (.*?) \}\}/g, (_, space: string, trim: string, action: string) => {
    const before = trim === '' ? space : '';
    if (action === '.Release.Name') return before + name;
    const [, source, key, depth] = /^(?:(include|\.Files\.Get) )"([^"]+)"(?: \.)? \| nindent (\d+)$/.exec(action) ?? [];
    const value = { include: templates, '.Files.Get': files }[source ?? '']?.[key ?? ''];
    if (value === undefined) throw new Error(`Helm would know no value for ${action}`);
    return `${before}\n${value.replace(/^/gm, ' '.repeat(Number(depth)))}`;
  });
}
