/** Where a Pushgateway listens: https://github.com/prometheus/pushgateway */
export const gatewayPort = 9091;

/**
 * The job that reads what batch jobs have pushed. `honor_labels` keeps the labels of each push, `job` and `application`
 * among them; the gateway itself has no `application`, since it is no instance of the service.
 *
 * @param target host and port as Prometheus reaches the gateway
 */
export function gatewayJob(application: string, target: string) {
  return {
    job_name: `${application}-pushgateway`,
    honor_labels: true,
    static_configs: [{ targets: [target] }],
  };
}
