/** A rule file's parts, with Prometheus' own keys: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/. */
export interface RuleGroup {
  readonly name: string;
  /** How often it is evaluated, where that is not the server's evaluation_interval. */
  readonly interval?: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

export interface RecordingRule {
  /** `level:metric:operations`, https://prometheus.io/docs/practices/rules/. */
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    /** What whoever reads the alert does about it. */
    readonly runbook: string;
  };
}

/** `page` wakes somebody up; `ticket` waits for the next working day. */
export type Severity = 'page' | 'ticket';
