import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/**
 * A type of Grafana's SDK as it stands in JSON: its enumerations are their values, so that nothing of the SDK is needed
 * at run time.
 */
export type Plain<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;

export type Variable = Plain<dashboard.VariableModel>;
export type Annotation = Plain<dashboard.AnnotationQuery>;
export type Link = Plain<dashboard.DashboardLink>;
export type Threshold = Plain<dashboard.Threshold>;
export type Mapping = Plain<dashboard.ValueMap>;
export type Transformation = Plain<dashboard.DataTransformerConfig>;
export type Query = Plain<Omit<prometheus.Dataquery, '_implementsDataqueryVariant'>>;
export type Overrides = Plain<dashboard.FieldConfigSource['overrides']>;

/** A panel's field configuration, with that of its kind in `custom`. */
interface Fields<Custom> {
  readonly defaults: Plain<Omit<dashboard.FieldConfig, 'custom' | 'unit'>> & {
    readonly unit: string;
    readonly custom?: Plain<Custom>;
  };
  readonly overrides: Overrides;
}

/** What every panel of ours has: a kind that Grafana's linter knows, or not, makes no difference. */
interface PanelOf<Type extends string, Options, Custom>
  extends Plain<Omit<dashboard.Panel, 'type' | 'targets' | 'options' | 'fieldConfig'>> {
  readonly id: number;
  readonly type: Type;
  readonly title: string;
  readonly description: string;
  readonly gridPos: Plain<dashboard.GridPos>;
  readonly options: Plain<Options>;
  readonly fieldConfig: Fields<Custom>;
  readonly targets: readonly Query[];
}

export type Panel =
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | PanelOf<'stat', stat.Options, never>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>;

export type RowPanel = Plain<Omit<dashboard.RowPanel, 'panels'>> & { readonly panels: readonly [] };

export interface Dashboard
  extends Plain<Omit<dashboard.Dashboard, 'panels' | 'templating' | 'annotations' | 'uid' | 'title'>> {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly (Panel | RowPanel)[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
}
