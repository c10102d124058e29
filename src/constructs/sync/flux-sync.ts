import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { EggtoothError, type Problem } from '../../errors';
import { DEFAULT_INTERVAL, kustomizationGvk, kustomizationPatterns } from '../../kubernetes/flux';
import type { KustomizationManifest } from '../../kubernetes/flux-manifests';
import { OciAssets, type OciAssetsOptions } from '../charts/oci-assets';
import { assertReferences, durationProblems, secretsIn } from '../charts/source-fields';
import { ManifestObject } from '../manifest-object';
import { type GitSource, gitProblems, gitRepository } from './git-source';
import { guardPatches } from './guard-patches';

/** An OCI artifact with the manifests of a cluster, as `flux push artifact` makes it: fields of an OCIRepository. */
export type OciSource = Omit<OciAssetsOptions, 'name' | 'labels' | 'interval' | 'secretRef'>;

/** Options for {@link FluxSync}. */
export interface FluxSyncOptions {
  /**
   * The Git repository that Flux applies. Set either this or `oci`.
   * @default - none
   */
  readonly git?: GitSource;
  /**
   * The OCI artifact that Flux applies. Set either this or `git`.
   * @default - none
   */
  readonly oci?: OciSource;
  /**
   * The folder in the source that contains the files that `cdk8s synth` writes, and nothing of another cluster (spec.path of
   * the Kustomization).
   * @default './'
   */
  readonly path?: string;
  /**
   * How often Flux checks for a new revision, and compares it with the cluster, as a Go duration with ms, s, m and h
   * (spec.interval).
   * @default '5m0s'
   */
  readonly interval?: string;
  /**
   * Secret with the credentials for the source, which is not part of the source (spec.secretRef of the GitRepository or the
   * OCIRepository).
   * @default - none
   */
  readonly secretRef?: { readonly name: string };
  /**
   * Lets Flux decrypt what SOPS encrypted (spec.decryption of the Kustomization, with provider `sops`).
   * @default - encrypted Secrets are rejected
   */
  readonly decryption?: {
    /** Secret with the private keys, for example an age key in `NAME.agekey`. */
    readonly secretRef: { readonly name: string };
  };
}

/** Props of {@link FluxSync}. */
export interface FluxSyncProps extends FluxSyncOptions {
  /** Name of the source and of the Kustomization. */
  readonly name: string;
  /** Namespace of both, and of the Secrets that they name: that of Flux. */
  readonly namespace: string;
}

/**
 * A GitRepository or OCIRepository (source.toolkit.fluxcd.io/v1) and a Kustomization (kustomize.toolkit.fluxcd.io/v1): with
 * them, Flux takes over the objects that were applied from the same files, and applies what changes in the source.
 *
 * What is removed from the source is removed from the cluster, except Namespaces, CustomResourceDefinitions and Flux itself.
 * The source must contain the Kustomization too: otherwise Flux reports an error and changes nothing, so that an empty
 * folder or a wrong path deletes nothing. Deleting the Kustomization deletes nothing else.
 *
 * @example
 * ```ts
 * new FluxSync(chart, 'sync', {
 *   name: 'platform',
 *   namespace: 'flux-system',
 *   git: { url: 'https://git.example/platform/clusters', ref: { branch: 'main' } },
 *   path: './clusters/one',
 * });
 * ```
 */
export class FluxSync extends Construct {
  /** The GitRepository or OCIRepository. */
  readonly source: ApiObject;
  /** The Kustomization. */
  readonly apiObject: ApiObject;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_SOURCE` if the source, the path or the interval is invalid, `ERR_EGGTOOTH_OPTION` if
   * a name is
   */
  constructor(scope: Construct, id: string, props: FluxSyncProps) {
    super(scope, id);
    const { name, namespace, decryption } = props;
    const object = { ...kustomizationGvk, namespace, name };
    for (const { problem, fix } of problems(props)) {
      throw new EggtoothError('ERR_EGGTOOTH_SOURCE', problem, { fix, object });
    }
    const keys = { field: 'decryption.secretRef', kind: 'Secret', name: decryption?.secretRef?.name } as const;
    assertReferences(object, [...secretsIn(props, ['secretRef']), ...(decryption === undefined ? [] : [keys])]);
    this.source = sourceOf(this, props);
    this.apiObject = new ManifestObject(this, 'Kustomization', kustomization(props, this.source.kind));
  }
}

/** kustomize-controller labels what it applies with its name. */
const LONGEST_NAME = 63;

function* problems(props: FluxSyncProps): Iterable<Problem> {
  const { name, git, oci, path = './', interval, secretRef } = props;
  if ((git === undefined) === (oci === undefined)) {
    yield { problem: `has ${git ? 'two sources' : 'no source'}`, fix: 'set either git or oci' };
  }
  if (git !== undefined) yield* gitProblems(git, secretRef !== undefined);
  if (name.length > LONGEST_NAME) {
    yield { problem: `has a name of ${name.length} characters`, fix: `use at most ${LONGEST_NAME}` };
  }
  if (typeof path !== 'string' || path === '' || /^\/|\\|\s/.test(path) || path.split('/').includes('..')) {
    const fix = 'write it relative to the root of the source, as in ./clusters/one';
    yield { problem: `invalid path: ${JSON.stringify(path)}`, fix };
  }
  yield* durationProblems({ interval }, kustomizationPatterns);
}

function sourceOf(scope: Construct, props: FluxSyncProps): ApiObject {
  const { name, namespace, git, oci, interval = DEFAULT_INTERVAL, secretRef } = props;
  if (oci !== undefined) {
    return new OciAssets(scope, 'Source', { ...oci, name, namespace, interval, secretRef });
  }
  const manifest = gitRepository({ name, namespace }, git as GitSource, { interval, secretRef });
  return new ManifestObject(scope, 'Source', manifest);
}

function kustomization(props: FluxSyncProps, kind: string): KustomizationManifest {
  const { name, namespace, path = './', interval = DEFAULT_INTERVAL, decryption } = props;
  const metadata = { name, namespace };
  return {
    ...kustomizationGvk,
    metadata,
    spec: {
      interval,
      path,
      prune: true,
      deletionPolicy: 'Orphan',
      sourceRef: { kind: kind as KustomizationManifest['spec']['sourceRef']['kind'], name },
      ...(decryption && { decryption: { provider: 'sops', secretRef: decryption.secretRef } }),
      patches: guardPatches(metadata),
    },
  };
}
