import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiServer } from '../../chain/api-server';
import { DURATION_ANNOTATION, printTime } from '../../chain/certificate-duration';
import { CA_ANNOTATION, printProxyUrl } from '../../chain/proxy-url';
import { DEFAULT_INTERVAL, helmRepositoryGvk } from '../../kubernetes/flux';
import type { HelmRepositoryManifest } from '../../kubernetes/flux-manifests';
import { expirationSecondsOf } from '../certificate/client-certificate';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { AssetsReader } from './assets-reader';

/** Options for {@link AssetsRepository}. */
export interface AssetsRepositoryOptions {
  /** Name of the HelmRepository. */
  readonly name: string;
  /** Path of the chart repository on the assets server, for example `/repos/system`; it contains index.yaml. */
  readonly path: string;
  /**
   * Labels of the HelmRepository.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * How often Flux checks for new charts, as a Go duration with ms, s, m and h (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * Timeout of a download, as a Go duration with ms, s and m (spec.timeout).
   * @default - Flux's default, 60 s
   */
  readonly timeout?: string;
}

/** Props of {@link AssetsRepository}. */
export interface AssetsRepositoryProps extends AssetsRepositoryOptions {
  /** Namespace of the HelmRepository. The Secret with the certificate must be in it too. */
  readonly namespace: string;
  /** The API server that Flux reads through. */
  readonly apiServer: ApiServer;
  /** The reader, which determines the route and the Secret. */
  readonly reader: AssetsReader;
}

/**
 * A HelmRepository (source.toolkit.fluxcd.io/v1) that Flux reads through the API server, with the reader's certificate.
 *
 * @example
 * ```ts
 * new AssetsRepository(chart, 'apps', { name: 'apps', namespace: 'cozy-public', path: '/repos/apps', apiServer, reader });
 * ```
 */
export class AssetsRepository extends ManifestObject {
  /** The URL that Flux reads. */
  readonly url: string;
  /** The reader. */
  readonly reader: AssetsReader;

  /** @throws EggtoothError `ERR_EGGTOOTH_ROUTE` if the path is not absolute, ends with a slash or is badly encoded */
  constructor(scope: Construct, id: string, props: AssetsRepositoryProps) {
    const url = printProxyUrl({ endpoint: props.apiServer, route: props.reader.route, path: props.path });
    super(scope, id, helmRepository(props, url));
    this.url = url;
    this.reader = props.reader;
    validateChain(this);
  }

  /** The HelmRepository: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}

function helmRepository(props: AssetsRepositoryProps, url: string): HelmRepositoryManifest {
  const { apiServer, reader, name, namespace, labels, interval = DEFAULT_INTERVAL, timeout } = props;
  const { certificateAuthority: ca } = apiServer;
  const annotations = {
    ...(ca !== undefined && { [CA_ANNOTATION]: ca }),
    ...(reader.duration && { [DURATION_ANNOTATION]: printTime(expirationSecondsOf(reader.duration)) }),
  };
  return {
    ...helmRepositoryGvk,
    metadata: {
      name,
      namespace,
      ...(labels && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      url,
      interval,
      ...(timeout !== undefined && { timeout }),
      certSecretRef: { name: reader.secretName },
    },
  };
}
