import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { withoutUserinfo } from '../../chain/api-server';
import { EggtoothError, type Problem } from '../../errors';
import { ociRepositoryGvk, ociRepositoryPatterns } from '../../kubernetes/flux';
import { DEFAULT_INTERVAL, durationProblem } from '../../kubernetes/flux-duration';
import type { OciRepositoryManifest } from '../../kubernetes/flux-manifests';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { ArtifactSource } from './artifact-source';

/** Which version of an OCI artifact Flux takes: exactly one of the three. */
export type OciVersion =
  | {
      /** `sha256:` and 64 hex digits: these very bytes, for ever. */
      readonly digest: string;
      readonly semver?: never;
      readonly tag?: never;
    }
  | {
      /** Range of versions, of which the highest tag is taken, for example `~1.2.0`. */
      readonly semver: string;
      readonly digest?: never;
      readonly tag?: never;
    }
  | {
      /** A tag; whoever may push can move it. */
      readonly tag: string;
      readonly digest?: never;
      readonly semver?: never;
    };

/** What an OCIRepository needs to be told. */
export interface OciAssetsOptions {
  /** Name of the OCIRepository. */
  readonly name: string;
  /**
   * `oci://HOST[:PORT]/PATH` of the artifact, without tag and digest (spec.url). Flux resolves and reaches the host from
   * its own pod, so on a cluster without CNI through the node's network.
   */
  readonly url: string;
  /** Which version is taken (spec.ref). */
  readonly version: OciVersion;
  /**
   * Labels of the OCIRepository.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * How often Flux looks for a new version, in Go's notation with ms, s, m, h (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * How long one download may take, in Go's notation with ms, s, m; there are no hours (spec.timeout).
   * @default - Flux' own, 60 s
   */
  readonly timeout?: string;
  /**
   * Secret of type kubernetes.io/dockerconfigjson with the registry's credentials (spec.secretRef).
   * @default - the registry is read without credentials
   */
  readonly secretName?: string;
  /**
   * Secret with the registry's CA in `ca.crt`, or with a client certificate in `tls.crt` and `tls.key` (spec.certSecretRef).
   * @default - the system's CAs
   */
  readonly certSecretName?: string;
  /**
   * Whether plain HTTP, or a certificate that nobody verifies, will do (spec.insecure).
   * @default false
   */
  readonly insecure?: boolean;
}

/** Props of {@link OciAssets}. */
export interface OciAssetsProps extends OciAssetsOptions {
  /** Namespace of the OCIRepository, and of the Secrets that it names. */
  readonly namespace: string;
}

const URL_FORM = /^oci:\/\/[^/@\s]+\/[^:@\s]*[^/:@\s]$/;
const VERSIONS = {
  digest: { form: /^sha256:[0-9a-f]{64}$/, fix: 'write sha256: and 64 hex digits, as crane digest prints them' },
  semver: { form: /\S/, fix: 'write a range of versions, such as ~1.2.0' },
  tag: { form: /^\w[\w.-]{0,127}$/, fix: 'write a tag: at most 128 letters, digits and _ . -' },
};

/**
 * An OCIRepository (source.toolkit.fluxcd.io/v1): the charts come as one artifact out of a registry, without the API
 * server's proxy and without a certificate. {@link ChartArtifacts} makes charts of it.
 *
 * @example
 * ```ts
 * new OciAssets(chart, 'assets', {
 *   name: 'platform',
 *   namespace: 'platform',
 *   url: 'oci://registry.example/platform/charts',
 *   version: { digest: 'sha256:0123…' },
 * });
 * ```
 */
export class OciAssets extends ManifestObject {
  /** The OCIRepository as an ArtifactGenerator names it; its alias is its name. */
  readonly source: ArtifactSource;

  /** @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if Flux could not use the URL, the version or a duration */
  constructor(scope: Construct, id: string, props: OciAssetsProps) {
    const { name, namespace } = props;
    for (const { problem, fix } of problems(props)) {
      const object = { ...ociRepositoryGvk, namespace, name };
      throw new EggtoothError('ERR_EGGTOOTH_SOURCE', problem, { fix, object });
    }
    super(scope, id, ociRepository(props));
    this.source = { alias: name, kind: ociRepositoryGvk.kind, name, namespace };
    validateChain(this);
  }

  /** The OCIRepository: this very construct. */
  get apiObject(): ApiObject {
    return this;
  }
}

function* problems(props: OciAssetsProps): Iterable<Problem> {
  const { url, version } = props;
  if (!URL_FORM.test(url)) {
    const fix = 'write oci://HOST[:PORT]/PATH; tag and digest belong into version, credentials into a Secret';
    yield { problem: `the URL ${JSON.stringify(withoutUserinfo(url))} is none of an OCI artifact alone`, fix };
  }
  const kinds = (['digest', 'semver', 'tag'] as const).filter((kind) => version[kind] !== undefined);
  if (kinds.length !== 1) {
    const fix = 'give exactly one of digest, semver and tag';
    yield { problem: `the version names ${kinds.join(' and ') || 'nothing'}`, fix };
  }
  for (const kind of kinds) {
    const { form, fix } = VERSIONS[kind];
    const value = version[kind] ?? '';
    if (!form.test(value)) yield { problem: `the ${kind} ${JSON.stringify(value)} is none`, fix };
  }
  for (const field of ['interval', 'timeout'] as const) {
    const value = props[field];
    const problem = value === undefined ? undefined : durationProblem(value, ociRepositoryPatterns[field]);
    if (problem !== undefined) yield { ...problem, problem: `the ${field} ${problem.problem}` };
  }
}

function ociRepository(props: OciAssetsProps): OciRepositoryManifest {
  const { name, namespace, labels, url, version, interval = DEFAULT_INTERVAL, timeout } = props;
  const { secretName, certSecretName, insecure = false } = props;
  return {
    ...ociRepositoryGvk,
    metadata: { name, namespace, ...(labels && { labels }) },
    spec: {
      url,
      ref: version,
      interval,
      ...(timeout !== undefined && { timeout }),
      ...(secretName !== undefined && { secretRef: { name: secretName } }),
      ...(certSecretName !== undefined && { certSecretRef: { name: certSecretName } }),
      ...(insecure && { insecure }),
    },
  };
}
