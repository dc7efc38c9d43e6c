import { posix } from 'node:path';
import { type ComposeProject, type ComposeService, imageName, readCompose } from './compose-services.js';
import { type Folders, foldersThere, namesIn } from './deployment.js';
import { findKubernetes, type Kubernetes } from './kubernetes.js';
import { readIfText } from './source-files.js';

/** What the target has of monitoring and of what it runs on. Paths are relative to the target. */
export interface MonitoringFacts {
  /** Its own Prometheus configuration. */
  readonly prometheusConfig: string | undefined;
  /** A folder from which its own Grafana is provisioned. */
  readonly grafanaProvisioning: string | undefined;
  readonly compose: ComposeProject | undefined;
  readonly kubernetes: Kubernetes;
}

const folders = ['.', 'monitoring', 'observability', 'docker', 'deploy', 'config', 'ops', 'infra', 'metrics', 'etc'];

/** Looks for them where the target's own compose file says, and where they are usually kept. What an earlier run wrote is not in `files`. */
export function findMonitoring(files: Folders): MonitoringFacts {
  const compose = readCompose(files);
  const mounted = (program: 'prometheus' | 'grafana') => serviceOf({ compose }, program)?.mounts ?? [];
  const configs = mounted('prometheus').flatMap(({ source }) =>
    /\.ya?ml$/.test(source) ? [source] : [`${source}/prometheus.yml`, `${source}/prometheus.yaml`],
  );
  const usual = placesOf(files, 'prometheus').flatMap((folder) =>
    [`${folder}/prometheus.yml`, `${folder}/prometheus.yaml`].map((path) => posix.normalize(path)),
  );
  const provisioned = mounted('grafana').flatMap(({ source, target }) =>
    target === '/etc/grafana/provisioning' ? [source] : [],
  );
  return {
    prometheusConfig: [...configs, ...usual].find((path) => /^scrape_configs\s*:/m.test(readIfText(files, path) ?? '')),
    grafanaProvisioning: [
      ...provisioned,
      ...placesOf(files, 'grafana').map((folder) => posix.join(folder, 'provisioning')),
    ].find((folder) => namesIn(files, folder).length > 0),
    compose,
    kubernetes: findKubernetes(files),
  };
}

/** The service of the target's own compose file that runs this image. */
export function serviceOf(
  { compose }: Pick<MonitoringFacts, 'compose'>,
  image: 'prometheus' | 'grafana' | 'pushgateway',
): ComposeService | undefined {
  const services = compose?.services ?? [];
  const editions = [image, `${image}-oss`, `${image}-enterprise`];
  return services.find((service) => service.name === image || editions.includes(imageName(service.image ?? '')));
}

function placesOf(files: Folders, program: string): string[] {
  return foldersThere(files, [...folders, ...folders.map((folder) => posix.join(folder, program))]);
}
