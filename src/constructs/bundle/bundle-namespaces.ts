import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { NamespaceManifest } from '../../kubernetes/k8s';
import { isBuiltInNamespace } from '../../kubernetes/kinds';
import type { FluxAio } from '../flux-aio/flux-aio';
import { ClusterObject } from '../manifest-object';

/**
 * Adds the Namespaces of a bundle, except those that every cluster has.
 * @param onHostNetwork - the Namespace with pods on the host network, which need the Pod Security level `privileged`
 * @returns the Namespaces by their names, Flux's included
 */
export function addNamespaces(
  bundle: Construct,
  names: Iterable<string>,
  flux: FluxAio | undefined,
  onHostNetwork?: string,
): ReadonlyMap<string, ApiObject> {
  const namespaces = new Map<string, ApiObject>();
  if (flux?.namespaceObject) namespaces.set(flux.namespace, flux.namespaceObject);
  for (const name of new Set(names)) {
    if (isBuiltInNamespace(name) || name === flux?.namespace) continue;
    const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    const manifest: NamespaceManifest = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, ...(name === onHostNetwork && { labels }) },
    };
    namespaces.set(name, new ClusterObject(bundle, `namespace-${name}`, manifest));
  }
  return namespaces;
}
