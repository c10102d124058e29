/**
 * A module of its own, because the build puts a bundle in its place: the package holds the kubeconfig reader of the
 * Kubernetes client, and does not depend on the client.
 * @internal
 */
export { KubeConfig } from '@kubernetes/client-node';
