import { JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { EggtoothError } from '../../errors';
import type { Container, VolumeMount } from '../../kubernetes/k8s';
import { isDnsLabel, isPort } from '../../kubernetes/names';
import type { FluxAio } from '../flux-aio/flux-aio';
import { type AssetsContainerOptions, assetsContainer, DEFAULT_ASSETS } from './assets-container';
import type { LocalAssets } from './local-repository';

/** Props of {@link AssetsSidecar}. */
export interface AssetsSidecarProps extends AssetsContainerOptions {
  /** The Flux that reads the charts. */
  readonly flux: FluxAio;
  /**
   * TCP port of the server, 1 to 65535. It is a port of the node, because the pod uses its network. Only the node itself reaches a
   * server that binds 127.0.0.1.
   */
  readonly port: number;
  /**
   * Name of the container.
   * @default 'flux-assets'
   */
  readonly name?: string;
}

/**
 * The HTTP server with the charts as a container in Flux's pod, which reads on localhost and needs neither a certificate
 * nor rights. A new image with other charts restarts the pod of Flux. The container does not get the token of Flux, which
 * administers the cluster.
 *
 * @example
 * ```ts
 * const assets = new AssetsSidecar(chart, 'assets', { flux, image: 'registry.example/assets:1', port: 8123 });
 * new LocalRepository(chart, 'system', { name: 'system', namespace: 'platform', path: '/repos/system', assets });
 * ```
 */
export class AssetsSidecar extends Construct implements LocalAssets {
  /** TCP port on localhost. */
  readonly port: number;

  /** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the port or the name is invalid */
  constructor(scope: Construct, id: string, props: AssetsSidecarProps) {
    const { flux, port, name = DEFAULT_ASSETS, volumes = [], volumeMounts = [] } = props;
    super(scope, id);
    if (!isPort(port)) {
      throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid port of the sidecar ${name}: ${port}`, {
        fix: 'use an integer from 1 to 65535, the port on which the server listens',
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: flux.namespace, name: flux.name },
      });
    }
    if (!isDnsLabel(name)) {
      throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid name of the sidecar: ${JSON.stringify(name)}`, {
        fix: 'use at most 63 lower-case letters, digits and -, with a letter or a digit at both ends',
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: flux.namespace, name: flux.name },
      });
    }
    this.port = port;
    const container: Container = {
      ...assetsContainer(name, port, { ...props, volumeMounts: [...volumeMounts, noToken(port)] }),
      ports: [{ name: 'http-assets', containerPort: port }],
    };
    flux.apiObject.addJsonPatch(
      JsonPatch.add('/spec/template/spec/containers/-', container),
      ...[...volumes, { name: noToken(port).name, emptyDir: {} }].map((volume) =>
        JsonPatch.add('/spec/template/spec/volumes/-', volume),
      ),
    );
  }
}

/** An empty folder where Kubernetes would put the token of the pod's service account: it leaves out such a container. */
function noToken(port: number): VolumeMount {
  return { name: `no-token-${port}`, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
}
