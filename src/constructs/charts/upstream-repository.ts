import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { meansProxy } from '../../chain/proxy-url';
import { EggtoothError, type Problem } from '../../errors';
import { DEFAULT_INTERVAL, helmRepositoryGvk, helmRepositoryPatterns } from '../../kubernetes/flux';
import type { HelmRepositoryManifest } from '../../kubernetes/flux-manifests';
import { HOST_NAME } from '../../kubernetes/names';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import { assertReferences, durationProblems, printedUrl, secretsIn } from './source-fields';

/** Options for {@link UpstreamRepository}. */
export interface UpstreamRepositoryOptions {
  /** Name of the HelmRepository. */
  readonly name: string;
  /**
   * URL of the chart repository, for example `https://helm.cilium.io`; it contains index.yaml (spec.url). Flux must be able
   * to resolve and reach the host from its pod: without a CNI, that is from the network of its node. Over HTTP, everyone on
   * the way decides what Flux installs.
   */
  readonly url: string;
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
  /**
   * Secret with `username` and `password` for the repository (spec.secretRef).
   * @default - none
   */
  readonly secretRef?: { readonly name: string };
  /**
   * Secret with the repository's CA in `ca.crt`, or with a client certificate in `tls.crt` and `tls.key`
   * (spec.certSecretRef).
   * @default - the CAs of the system
   */
  readonly certSecretRef?: { readonly name: string };
  /**
   * Whether Flux uses the credentials of `secretRef` at every host that the index names for a chart
   * (spec.passCredentials). Whoever can change the index then gets them.
   * @default false
   */
  readonly passCredentials?: boolean;
}

/** Props of {@link UpstreamRepository}. */
export interface UpstreamRepositoryProps extends UpstreamRepositoryOptions {
  /** Namespace of the HelmRepository, and of the Secrets that it names. */
  readonly namespace: string;
}

/**
 * A HelmRepository (source.toolkit.fluxcd.io/v1) that Flux reads where it is, such as the public repository of a CNI:
 * without the API server's proxy, and without a certificate of the cluster.
 *
 * @example
 * ```ts
 * const repository = new UpstreamRepository(chart, 'repository', {
 *   name: 'cilium',
 *   namespace: 'kube-system',
 *   url: 'https://helm.cilium.io',
 * });
 * new ChartRelease(chart, 'cilium', { name: 'cilium', namespace: 'kube-system', chart: { repository, name: 'cilium' } });
 * ```
 */
export class UpstreamRepository extends ManifestObject {
  /** The URL that Flux reads. */
  readonly url: string;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if Flux would refuse an option or ignore it, `ERR_EGGTOOTH_OPTION` if a name
   * is invalid
   */
  constructor(scope: Construct, id: string, props: UpstreamRepositoryProps) {
    const { name, namespace } = props;
    const object = { ...helmRepositoryGvk, namespace, name };
    for (const { problem, fix } of problems(props)) {
      throw new EggtoothError('ERR_EGGTOOTH_SOURCE', problem, { fix, object });
    }
    assertReferences(object, secretsIn(props, ['secretRef', 'certSecretRef']));
    super(scope, id, helmRepository(props));
    this.url = props.url;
    validateChain(this);
  }

  /** The HelmRepository: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}

function* problems(props: UpstreamRepositoryProps): Iterable<Problem> {
  const { url, secretRef, passCredentials = false } = props;
  const reason = urlProblem(url);
  if (reason !== undefined) {
    yield { ...reason, problem: `invalid URL: ${printedUrl(url)} ${reason.problem}` };
  }
  yield* durationProblems(props, helmRepositoryPatterns);
  if (passCredentials && secretRef === undefined) {
    yield { problem: 'passCredentials without a secretRef passes nothing', fix: 'remove it, or set secretRef' };
  }
}

const URL_FORM = new RegExp(
  `^https?://(\\[[0-9a-fA-F:.]+\\]|${HOST_NAME})(:[1-9]\\d{0,4})?(/([^\\s\\\\?#%"<>^\`{|}]|%[0-9a-fA-F]{2})*)?$`,
);

function urlProblem(url: unknown): Problem | undefined {
  const form = 'write https://HOST[:PORT]/PATH, as in https://helm.cilium.io';
  const toSecret = 'put credentials into a Secret, and name it in secretRef';
  if (typeof url !== 'string') return { problem: 'is no text', fix: form };
  if (/^oci:/i.test(url)) return { problem: 'is a chart in a registry', fix: 'use an OciChart' };
  if (/^[a-z]+:\/\/[^/?#]*@/i.test(url)) return { problem: 'contains credentials', fix: `remove them; ${toSecret}` };
  if (/[?#]/.test(url)) return { problem: 'has a query or a fragment', fix: `remove it; ${toSecret}` };
  if (!URL_FORM.test(url) || !URL.canParse(url)) return { problem: 'is no URL of a chart repository', fix: form };
  if (meansProxy(url)) {
    const fix =
      'set assets, and give the path on the assets server in place of the url: Flux needs a certificate there';
    return { problem: "leads through the API server's proxy", fix };
  }
  return /\/index\.yaml\/*$/.test(url)
    ? { problem: 'names the index', fix: 'remove /index.yaml, which Flux adds' }
    : undefined;
}

function helmRepository(props: UpstreamRepositoryProps): HelmRepositoryManifest {
  const { name, namespace, labels, url, interval = DEFAULT_INTERVAL, timeout } = props;
  const { secretRef, certSecretRef, passCredentials } = props;
  return {
    ...helmRepositoryGvk,
    metadata: { name, namespace, ...(labels && { labels }) },
    spec: {
      url,
      interval,
      ...(timeout !== undefined && { timeout }),
      ...(secretRef && { secretRef }),
      ...(certSecretRef && { certSecretRef }),
      ...(passCredentials && { passCredentials }),
    },
  };
}
