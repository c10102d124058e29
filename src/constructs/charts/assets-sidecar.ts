import { JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import type { Container } from '../../kubernetes/k8s';
import type { FluxAio } from '../flux-aio/flux-aio';
import type { LocalAssets } from './local-repository';

/** Props of {@link AssetsSidecar}. */
export interface AssetsSidecarProps {
  /** The Flux that reads the charts. */
  readonly flux: FluxAio;
  /** Image of the HTTP server with the charts; its index.yaml must hold relative URLs only. */
  readonly image: string;
  /**
   * TCP port that the server listens on: one of the node's, as the pod is on its network. A server that binds 127.0.0.1 is
   * seen by that node alone.
   */
  readonly port: number;
  /**
   * Arguments of the container.
   * @default - those of the image
   */
  readonly args?: readonly string[];
  /**
   * Name of the container.
   * @default 'flux-assets'
   */
  readonly name?: string;
}

/**
 * The HTTP server with the charts as a container in the pod of Flux, which reads it on localhost: no certificate, no
 * rights. Other charts are another image, and with it another pod of Flux.
 *
 * @example
 * ```ts
 * const assets = new AssetsSidecar(chart, 'assets', { flux, image: 'registry.example/assets:1', port: 8123 });
 * new LocalRepository(chart, 'system', { name: 'system', namespace: 'platform', path: '/repos/system', assets });
 * ```
 */
export class AssetsSidecar extends Construct implements LocalAssets {
  readonly port: number;

  constructor(scope: Construct, id: string, { flux, image, port, args, name = 'flux-assets' }: AssetsSidecarProps) {
    super(scope, id);
    this.port = port;
    const container: Container = {
      name,
      image,
      ...(args && { args }),
      ports: [{ name: 'http-assets', containerPort: port }],
    };
    flux.apiObject.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/-', container));
  }
}
