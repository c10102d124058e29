import type { EnvVar } from '../../kubernetes/k8s';
import type { FluxAioProps } from './flux-aio-props';
import { controllerTraits } from './flux-controllers';

/** The environment of every controller. */
export function environmentOf({ apiServer, proxy, env = [] }: FluxAioProps): EnvVar[] {
  const variables: Record<string, string | undefined> = {
    // Controllers download artifacts within the pod, without Services and DNS.
    SOURCE_CONTROLLER_LOCALHOST: `localhost:${controllerTraits['source-controller'].ports.http}`,
    SOURCE_WATCHER_LOCALHOST: `localhost:${controllerTraits['source-watcher'].ports.http}`,
    TUF_ROOT: '/tmp/.sigstore',
    NO_PROXY: noProxy(apiServer?.host, proxy?.exceptions),
    HTTPS_PROXY: proxy?.https,
    HTTP_PROXY: proxy?.http,
    KUBERNETES_SERVICE_HOST: apiServer?.host,
    KUBERNETES_SERVICE_PORT: apiServer?.port.toString(),
  };
  return [
    { name: 'RUNTIME_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    { name: 'GOMEMLIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
    ...Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    ...env,
  ];
}

/** A proxy outside of the cluster cannot forward to the API server, and should not see its traffic. */
function noProxy(apiServer: string | undefined, exceptions: readonly string[] = []): string {
  return [
    '.cluster.local.',
    '.cluster.local',
    '.svc',
    ...(apiServer === undefined ? [] : [apiServer]),
    ...exceptions,
  ].join(',');
}
