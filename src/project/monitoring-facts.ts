import { posix } from 'node:path';
import { type ComposeProject, imageName, readCompose } from './compose-services.js';
import type { Folders } from './deployment.js';
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

/** Looks for them where they are usually kept. What an earlier run wrote is not in `files`. */
export function findMonitoring(files: Folders): MonitoringFacts {
  return {
    prometheusConfig: placesOf('prometheus')
      .flatMap((folder) =>
        [`${folder}/prometheus.yml`, `${folder}/prometheus.yaml`].map((path) => posix.normalize(path)),
      )
      .find((path) => /^scrape_configs\s*:/m.test(readIfText(files, path) ?? '')),
    grafanaProvisioning: placesOf('grafana')
      .map((folder) => posix.join(folder, 'provisioning'))
      .find((folder) => namesIn(files, folder).length > 0),
    compose: readCompose(files),
    kubernetes: findKubernetes(files),
  };
}

/** Whether a service of the target's own compose file runs this image. */
export function runsImage({ compose }: MonitoringFacts, image: 'prometheus' | 'grafana'): boolean {
  const services = compose?.services ?? [];
  const editions = [image, `${image}-oss`, `${image}-enterprise`];
  return services.some((service) => service.name === image || editions.includes(imageName(service.image ?? '')));
}

function placesOf(program: string): string[] {
  return [...folders, ...folders.map((folder) => posix.join(folder, program))];
}

function namesIn(files: Folders, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return []; // a file of that name, or a folder that cannot be read or leads out of the target
  }
}
