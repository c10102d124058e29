import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { backendPath } from '../../chain/proxy-route';
import { DEFAULT_INTERVAL, helmRepositoryGvk } from '../../kubernetes/flux';
import type { HelmRepositoryManifest } from '../../kubernetes/flux-manifests';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { AssetsRepositoryOptions } from './assets-repository';

/** A server of charts on the node of Flux: an {@link AssetsSidecar}, or an {@link AssetsServer} with `beside`. */
export interface LocalAssets {
  /** TCP port on localhost. */
  readonly port: number;
}

/** Props of {@link LocalRepository}. */
export interface LocalRepositoryProps extends AssetsRepositoryOptions {
  /** Namespace of the HelmRepository. */
  readonly namespace: string;
  /** The server with the charts. */
  readonly assets: LocalAssets;
}

/**
 * A HelmRepository (source.toolkit.fluxcd.io/v1) that Flux reads on localhost, without a certificate.
 *
 * @example
 * ```ts
 * const assets = new AssetsServer(chart, 'assets', { namespace: 'platform', image: 'registry.example/assets:1', port: 8123, beside: flux });
 * new LocalRepository(chart, 'system', { name: 'system', namespace: 'platform', path: '/repos/system', assets });
 * ```
 */
export class LocalRepository extends ManifestObject {
  /** The URL that Flux reads. */
  readonly url: string;

  /** @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the path is not absolute, ends with a slash or is badly encoded */
  constructor(scope: Construct, id: string, props: LocalRepositoryProps) {
    const { name, namespace, labels, interval = DEFAULT_INTERVAL, timeout } = props;
    const url = `http://localhost:${props.assets.port}${backendPath(props.path)}`;
    const manifest: HelmRepositoryManifest = {
      ...helmRepositoryGvk,
      metadata: { name, namespace, ...(labels && { labels }) },
      spec: { url, interval, ...(timeout !== undefined && { timeout }) },
    };
    super(scope, id, manifest);
    this.url = url;
    validateChain(this);
  }

  /** The HelmRepository: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}
