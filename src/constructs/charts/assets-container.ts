import type {
  Container,
  EnvVar,
  ResourceRequirements,
  SecurityContext,
  Volume,
  VolumeMount,
} from '../../kubernetes/k8s';
import { restrictedServer, serverRequests } from '../restricted-container';

/** The name of the assets, unless another is given. */
export const DEFAULT_ASSETS = 'flux-assets';

/** Options for the container of an {@link AssetsServer} or an {@link AssetsSidecar}. */
export interface AssetsContainerOptions {
  /** Image of the HTTP server with the charts. The URLs in its index.yaml must be relative. */
  readonly image: string;
  /**
   * Arguments of the container.
   * @default - the arguments of the image
   */
  readonly args?: readonly string[];
  /**
   * Environment variables of the container.
   * @default - none
   */
  readonly env?: readonly EnvVar[];
  /**
   * Resource requests and limits of the container.
   * @default - requests of 10m CPU and 32Mi memory, no limits
   */
  readonly resources?: ResourceRequirements;
  /**
   * Security context of the container, in place of the whole default. An image that writes files needs `volumes` for them,
   * or `readOnlyRootFilesystem: false`.
   * @default - as restricted as the Pod Security level `restricted`: user 65532, a read-only file system, no capabilities
   * and no privilege escalation, seccomp profile RuntimeDefault. On a port below 1024: root with the capability
   * NET_BIND_SERVICE only
   */
  readonly securityContext?: SecurityContext;
  /**
   * Volumes of the pod.
   * @default - none
   */
  readonly volumes?: readonly Volume[];
  /**
   * Where the container sees volumes of the pod.
   * @default - nowhere
   */
  readonly volumeMounts?: readonly VolumeMount[];
}

/** The fields that the containers of a server and of a sidecar share. */
export function assetsContainer(
  name: string,
  port: number,
  options: Omit<AssetsContainerOptions, 'volumes'>,
): Omit<Container, 'ports'> {
  const {
    image,
    args,
    env,
    resources = serverRequests,
    securityContext = restrictedServer(port),
    volumeMounts,
  } = options;
  return {
    name,
    image,
    ...(args && { args }),
    ...(env && { env }),
    resources,
    securityContext,
    ...(volumeMounts && { volumeMounts }),
  };
}
