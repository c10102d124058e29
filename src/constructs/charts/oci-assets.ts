import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { withoutUserinfo } from '../../chain/api-server';
import { EggtoothError, type Problem } from '../../errors';
import { DEFAULT_INTERVAL, durationProblem, ociRepositoryGvk, ociRepositoryPatterns } from '../../kubernetes/flux';
import type { OciRepositoryManifest } from '../../kubernetes/flux-manifests';
import { assertName } from '../assert-name';
import { validateChain } from '../chain-validation';
import { ManifestObject } from '../manifest-object';
import type { ArtifactSource } from './artifact-source';

/** The version of an OCI artifact that Flux reads: a digest, a range of versions, or a tag. */
export type OciVersion =
  | {
      /** `sha256:` and 64 hex digits, which identify exactly one content. */
      readonly digest: string;
      readonly semver?: never;
      readonly tag?: never;
    }
  | {
      /** Range of versions, for example `~1.2.0`. Flux reads the highest tag in it. */
      readonly semver: string;
      readonly digest?: never;
      readonly tag?: never;
    }
  | {
      /** A tag. Whoever can push to the registry can move it. */
      readonly tag: string;
      readonly digest?: never;
      readonly semver?: never;
    };

/** Options for {@link OciAssets}. */
export interface OciAssetsOptions {
  /** Name of the OCIRepository. */
  readonly name: string;
  /**
   * `oci://HOST[:PORT]/PATH` of the artifact, without tag and digest (spec.url). Flux must be able to resolve and reach the
   * host from its pod: without a CNI, that is from the network of its node.
   */
  readonly url: string;
  /** Version of the artifact (spec.ref). */
  readonly version: OciVersion;
  /**
   * Labels of the OCIRepository.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * How often Flux checks for a new version, as a Go duration with ms, s, m and h (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * Timeout of a download, as a Go duration with ms, s and m (spec.timeout).
   * @default - Flux's default, 60 s
   */
  readonly timeout?: string;
  /**
   * Secret of type kubernetes.io/dockerconfigjson with the credentials for the registry (spec.secretRef).
   * @default - none
   */
  readonly secretName?: string;
  /**
   * Secret with the registry's CA in `ca.crt`, or with a client certificate in `tls.crt` and `tls.key` (spec.certSecretRef).
   * @default - the CAs of the system
   */
  readonly certSecretName?: string;
  /**
   * Whether to allow HTTP, and certificates that cannot be verified (spec.insecure).
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
 * An OCIRepository (source.toolkit.fluxcd.io/v1): an artifact with charts in a registry, which Flux reads without the API
 * server's proxy and without a certificate. {@link ChartArtifacts} extracts the charts.
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
  /** The OCIRepository as a source of an ArtifactGenerator. Its alias is its name. */
  readonly source: ArtifactSource;

  /** @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if the URL, the version or a duration is invalid, `ERR_EGGTOOTH_OPTION` if a name is */
  constructor(scope: Construct, id: string, props: OciAssetsProps) {
    const { name, namespace } = props;
    for (const { problem, fix } of problems(props)) {
      const object = { ...ociRepositoryGvk, namespace, name };
      throw new EggtoothError('ERR_EGGTOOTH_SOURCE', problem, { fix, object });
    }
    for (const secret of [props.secretName, props.certSecretName]) {
      if (secret !== undefined) assertName({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret });
    }
    super(scope, id, ociRepository(props));
    this.source = { alias: name, kind: ociRepositoryGvk.kind, name, namespace };
    validateChain(this);
  }

  /** The OCIRepository: this construct. */
  get apiObject(): ApiObject {
    return this;
  }
}

function* problems(props: OciAssetsProps): Iterable<Problem> {
  const { url, version } = props;
  if (!URL_FORM.test(url)) {
    const fix = 'write oci://HOST[:PORT]/PATH; put tag and digest into version, and credentials into a Secret';
    yield { problem: `invalid URL: ${JSON.stringify(withoutUserinfo(url))}`, fix };
  }
  const kinds = (['digest', 'semver', 'tag'] as const).filter((kind) => version[kind] !== undefined);
  if (kinds.length !== 1) {
    const fix = 'set exactly one of digest, semver and tag';
    yield { problem: `invalid version: ${kinds.join(' and ') || 'neither digest nor semver nor tag'}`, fix };
  }
  for (const kind of kinds) {
    const { form, fix } = VERSIONS[kind];
    const value = version[kind] ?? '';
    if (!form.test(value)) yield { problem: `invalid ${kind}: ${JSON.stringify(value)}`, fix };
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
