/** What is known of the cluster's side of a service. */
export interface KubernetesSetup {
  /** The labels by which its pods are found. */
  readonly labels: Readonly<Record<string, string>>;
  /** The namespace that its manifests name. */
  readonly namespace: string | undefined;
  /** The name of the container's port that is scraped: a PodMonitor finds it by its name only. */
  readonly portName: string;
  /** All other ports of its pods, by number or name. */
  readonly otherPorts: readonly { readonly port: number | string; readonly protocol: string }[];
  /** Whether the metrics have a port of their own, and nothing here restricts traffic yet. */
  readonly networkPolicy: boolean;
  /** The Helm chart that installs it, relative to the target. */
  readonly chart:
    | {
        readonly folder: string;
        /** The named template that gives the labels of its pods, else the lines that its own template has for them. */
        readonly selectorTemplate: string | undefined;
        readonly selectorLines: readonly string[];
      }
    | undefined;
}

/**
 * A tag as the name of an object: a DNS label (RFC 1123), as Kubernetes asks for most of its objects.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
export function objectName(application: string): string {
  return application.replace(/[^a-z0-9-]/g, '-');
}

/** The Secret that holds the bearer token, and the key in it. */
export function tokenSecret(application: string): { readonly name: string; readonly key: string } {
  return { name: `${objectName(application)}-metrics-token`, key: 'token' };
}

/** What all objects have in common; `helm` and `kubectl` list them by it. */
export function metadata(application: string, name: string, namespace: string | undefined, labels: object = {}) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/name': application, 'app.kubernetes.io/component': 'monitoring', ...labels },
  };
}
