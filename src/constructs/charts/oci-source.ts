import { EggtoothError, type Problem } from '../../errors';
import { DEFAULT_INTERVAL, ociRepositoryGvk, ociRepositoryPatterns } from '../../kubernetes/flux';
import type { OciRepositoryManifest } from '../../kubernetes/flux-manifests';
import { HOST_NAME } from '../../kubernetes/names';
import { type OciVerification, verificationProblems } from './oci-verification';
import { assertReferences, durationProblems, printedUrl, secretsIn } from './source-fields';

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

/** A cloud whose registry authenticates the identity of Flux's pod or ServiceAccount (spec.provider). */
export type OciProvider = NonNullable<OciRepositoryManifest['spec']['provider']>;

/** Options for an OCIRepository, whatever its artifact contains. */
export interface OciSourceOptions {
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
   * Signature that the artifact must have (spec.verify).
   * @default - Flux reads it with and without a signature
   */
  readonly verify?: OciVerification;
  /**
   * Secret of type kubernetes.io/dockerconfigjson with the credentials for the registry (spec.secretRef).
   * @default - none
   */
  readonly secretRef?: { readonly name: string };
  /**
   * Secret with the registry's CA in `ca.crt`, or with a client certificate in `tls.crt` and `tls.key` (spec.certSecretRef).
   * @default - the CAs of the system
   */
  readonly certSecretRef?: { readonly name: string };
  /**
   * Secret with the URL of an HTTP proxy in `address`, and its credentials in `username` and `password`
   * (spec.proxySecretRef).
   * @default - the proxy of source-controller's environment
   */
  readonly proxySecretRef?: { readonly name: string };
  /**
   * Cloud whose registry authenticates Flux by its identity, in place of `secretRef` (spec.provider).
   * @default 'generic' - none
   */
  readonly provider?: OciProvider;
  /**
   * ServiceAccount whose imagePullSecrets are used. With a `provider`, it is the identity, which requires the feature gate
   * ObjectLevelWorkloadIdentity of source-controller (spec.serviceAccountName).
   * @default - none
   */
  readonly serviceAccountName?: string;
  /**
   * Whether to allow HTTP, and certificates that cannot be verified (spec.insecure).
   * @default false
   */
  readonly insecure?: boolean;
}

/** Options for an OCIRepository in its namespace. */
export interface OciSourceProps extends OciSourceOptions {
  /** Namespace of the OCIRepository, and of the Secrets and the ServiceAccount that it names. */
  readonly namespace: string;
}

/**
 * Makes an OCIRepository.
 * @param layerSelector - the layer that Flux reads; the first one if it is not given
 * @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if Flux could not read it, `ERR_EGGTOOTH_OPTION` if a name is invalid
 */
export function ociRepository(
  props: OciSourceProps,
  layerSelector?: OciRepositoryManifest['spec']['layerSelector'],
): OciRepositoryManifest {
  const { name, namespace, labels, version, interval = DEFAULT_INTERVAL, insecure, ...others } = props;
  const object = { ...ociRepositoryGvk, namespace, name };
  for (const { problem, fix } of problems(props)) {
    throw new EggtoothError('ERR_EGGTOOTH_SOURCE', problem, { fix, object });
  }
  assertReferences(object, [
    ...secretsIn(props, ['secretRef', 'certSecretRef', 'proxySecretRef']),
    ...secretsIn(props.verify ?? {}, ['secretRef', 'trustedRootSecretRef'], 'verify.'),
    ...(props.serviceAccountName === undefined
      ? []
      : [{ field: 'serviceAccountName', kind: 'ServiceAccount' as const, name: props.serviceAccountName }]),
  ]);
  const { url, timeout, verify, secretRef, certSecretRef, proxySecretRef, provider, serviceAccountName } = others;
  return {
    ...ociRepositoryGvk,
    metadata: { name, namespace, ...(labels && { labels }) },
    spec: {
      url,
      ref: version,
      interval,
      ...(timeout !== undefined && { timeout }),
      ...(layerSelector && { layerSelector }),
      ...(verify && { verify }),
      ...(secretRef && { secretRef }),
      ...(certSecretRef && { certSecretRef }),
      ...(proxySecretRef && { proxySecretRef }),
      ...(provider !== undefined && { provider }),
      ...(serviceAccountName !== undefined && { serviceAccountName }),
      ...(insecure && { insecure }),
    },
  };
}

const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
/** Host, port and repository name as the OCI Distribution Specification defines it. */
const URL_FORM = new RegExp(
  `^oci://(\\[[0-9a-fA-F:.]+\\]|${HOST_NAME})(:[1-9]\\d{0,4})?/(?=.{2,255}$)${PATH_PART}(?:/${PATH_PART})*$`,
);

const VERSIONS = {
  digest: { form: /^sha256:[0-9a-f]{64}$/, fix: 'write sha256: and 64 hex digits, as crane digest prints them' },
  semver: { form: /\S/, fix: 'write a range of versions, such as ~1.2.0' },
  tag: {
    form: /^\w[\w.-]{0,127}$/,
    fix: 'write a tag: at most 128 letters, digits and _ . -; Helm writes _ for the + of a version',
  },
};

const PROVIDERS: Readonly<Record<OciProvider, true>> = { generic: true, aws: true, azure: true, gcp: true };

function* problems(props: OciSourceProps): Iterable<Problem> {
  yield* urlProblems(props.url);
  yield* versionProblems(props.version);
  yield* durationProblems(props, ociRepositoryPatterns);
  const { provider = 'generic', secretRef, verify } = props;
  if (!Object.hasOwn(PROVIDERS, provider)) {
    const fix = `use one of ${Object.keys(PROVIDERS).join(', ')}`;
    yield { problem: `invalid provider: ${JSON.stringify(provider)}`, fix };
  } else if (provider !== 'generic' && secretRef !== undefined) {
    yield { problem: `Flux ignores the provider ${provider} beside a secretRef`, fix: 'remove one of them' };
  }
  if (verify) yield* verificationProblems(verify);
}

function* urlProblems(url: unknown): Iterable<Problem> {
  const form = 'write oci://HOST[:PORT]/PATH';
  const [, host, port] = (typeof url === 'string' && URL_FORM.exec(url)) || [];
  if (host === undefined) {
    const fix = `${form} in lower case; put tag and digest into version, and credentials into a Secret`;
    yield { problem: `invalid URL: ${printedUrl(url)}`, fix };
  } else if (port === undefined && !/[.:]/.test(host)) {
    // As go-containerregistry, with which Flux reads, takes it.
    const problem = `invalid URL: ${printedUrl(url)}, which Flux takes for a repository of Docker Hub`;
    yield { problem, fix: `write the full name of the host, or its port, as in oci://${host}:443/PATH` };
  }
}

function* versionProblems(version: OciVersion | undefined): Iterable<Problem> {
  const kinds = (['digest', 'semver', 'tag'] as const).filter((kind) => version?.[kind] !== undefined);
  if (kinds.length !== 1) {
    const fix = 'set exactly one of digest, semver and tag';
    yield { problem: `invalid version: ${kinds.join(' and ') || 'neither digest nor semver nor tag'}`, fix };
  }
  for (const kind of kinds) {
    const { form, fix } = VERSIONS[kind];
    const value = version?.[kind];
    if (typeof value !== 'string' || !form.test(value))
      yield { problem: `invalid ${kind}: ${JSON.stringify(value)}`, fix };
  }
}
