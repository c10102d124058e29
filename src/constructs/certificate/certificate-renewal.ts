import { ApiObject, Duration, Yaml } from 'cdk8s';
import { Construct } from 'constructs';
import type { ApiServer } from '../../chain/api-server';
import { Chain } from '../../chain/chain';
import { EggtoothError } from '../../errors';
import type { ConfigMapManifest, ServiceAccountManifest } from '../../kubernetes/k8s';
import type { KubeObject, ObjectReference } from '../../kubernetes/kube-object';
import { isDnsLabel } from '../../kubernetes/names';
import { validateChain } from '../chain-validation';
import type { AssetsRepository } from '../charts/assets-repository';
import { ClusterObject, ManifestObject } from '../manifest-object';
import { admissionPolicy, admissionPolicyBinding } from './admission-policy';
import { expirationSecondsOf } from './client-certificate';
import { CA_KEY, CHAIN_KEY, cronJob } from './renewal-job';
import { rightsOf } from './renewal-rights';

/** Options for {@link CertificateRenewal}. */
export interface CertificateRenewalOptions {
  /** Image with the entrypoint `eggtooth`, with a tag or a digest. */
  readonly image: string;
  /**
   * When the job checks whether the certificate is due for renewal, in cron format (spec.schedule).
   * @default '17 * * * *' - every hour
   */
  readonly schedule?: string;
  /**
   * Duration of a certificate, at least 10 minutes. The job renews it after 70 to 90 % of that time, so choose one that
   * leaves time for several runs.
   * @default Duration.days(7)
   */
  readonly duration?: Duration;
}

/** Props of {@link CertificateRenewal}. */
export interface CertificateRenewalProps extends CertificateRenewalOptions {
  /** Name of the CronJob, its service account and its ConfigMap; at most 52 characters. */
  readonly name: string;
  /** Namespace of the CronJob; it must allow pods on the host network. */
  readonly namespace: string;
  /** The repositories that use the certificate. They must have the same reader and the same API server. */
  readonly repositories: readonly AssetsRepository[];
}

/**
 * Renews the certificate of a reader in the cluster, with the least rights: a CronJob that works before there is a CNI,
 * and authenticates with the token of its service account. It reads the chain from a ConfigMap, which has the repositories
 * as they are when this construct is created.
 *
 * Whoever may approve client certificates could issue one for anybody. A ValidatingAdmissionPolicy (Kubernetes 1.30)
 * prevents that; it is applied before the rights, and the job does nothing while it is not enforced. The job can update
 * the Secrets, but not create them: the first certificate comes from `eggtooth up` or `eggtooth issue`.
 *
 * @example
 * ```ts
 * new CertificateRenewal(chart, 'renewal', {
 *   name: 'assets-renewal',
 *   namespace: 'platform',
 *   image: 'registry.example/eggtooth:1',
 *   repositories,
 * });
 * ```
 */
export class CertificateRenewal extends Construct {
  /** The CronJob. */
  readonly apiObject: ApiObject;
  /** The ValidatingAdmissionPolicy. */
  readonly policy: ApiObject;
  /** The ServiceAccount. */
  readonly serviceAccount: ApiObject;

  /** @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the name, the duration or the repositories are invalid */
  constructor(scope: Construct, id: string, props: CertificateRenewalProps) {
    super(scope, id);
    const { name, namespace, image, schedule = '17 * * * *', duration = Duration.days(7) } = props;
    const place = { name, namespace };
    const reference = { apiVersion: 'batch/v1', kind: 'CronJob', ...place };
    assertName(reference);
    const expirationSeconds = expirationSecondsOf(duration);
    const objects = objectsOf(props.repositories);
    const chain = Chain.fromObjects(objects);
    const { user, apiServer } = identityOf(chain, reference);
    // The name of a namespace has no dot, so no other renewal job has this name.
    const uniqueName = `${name}.${namespace}`;

    this.policy = new ClusterObject(
      this,
      'Policy',
      admissionPolicy({
        name: uniqueName,
        serviceAccount: place,
        user,
        maxExpirationSeconds: expirationSeconds,
      }),
    );
    new ClusterObject(this, 'PolicyBinding', admissionPolicyBinding({ name: uniqueName }));
    this.serviceAccount = new ApiObject(this, 'ServiceAccount', serviceAccount(place));
    const { certificateAuthority: ca } = apiServer;
    const data = { [CHAIN_KEY]: Yaml.stringify(...objects), ...(ca !== undefined && { [CA_KEY]: ca }) };
    const configMap: ConfigMapManifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data };
    new ApiObject(this, 'ConfigMap', configMap);
    for (const right of rightsOf(chain, uniqueName, place)) {
      const { kind, metadata } = right;
      if (metadata.namespace === undefined) new ClusterObject(this, kind, right);
      else new ApiObject(this, `${kind}-${metadata.namespace}`, right);
    }
    this.apiObject = new ApiObject(
      this,
      'Default',
      cronJob({
        ...place,
        image,
        schedule,
        apiServer,
        policy: uniqueName,
        durationMinutes: Math.floor(expirationSeconds / 60),
      }),
    );
    validateChain(this);
  }
}

function serviceAccount(metadata: { readonly name: string; readonly namespace: string }): ServiceAccountManifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false };
}

function objectsOf(repositories: readonly AssetsRepository[]): readonly KubeObject[] {
  const readers = new Set(repositories.map(({ reader }) => reader));
  return [...[...readers].flatMap(({ apiObject, binding }) => [apiObject, binding]), ...repositories].map((object) =>
    ManifestObject.manifestOf(object),
  );
}

function assertName(object: ObjectReference): void {
  // Kubernetes appends the time to the name of a CronJob, for the names of its Jobs.
  if (isDnsLabel(object.name) && object.name.length <= 52) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'invalid name', {
    fix: 'use at most 52 lower-case letters, digits and -',
    object,
  });
}

/** The only user of the chain, and the only API server that it reads from: the job connects to it too. */
function identityOf(
  { credentials }: Chain,
  object: ObjectReference,
): { readonly user: string; readonly apiServer: ApiServer } {
  const endpoints = credentials.flatMap(({ user, secrets }) =>
    secrets.flatMap((secret) => secret.endpoints.map((apiServer) => ({ user, apiServer }))),
  );
  const [first, ...others] = endpoints;
  const isFirst = ({ user, apiServer }: (typeof endpoints)[number]) =>
    user === first?.user && apiServer.url === first.apiServer.url;
  if (first !== undefined && others.every(isFirst)) return first;
  const problem = first === undefined ? 'has no repositories' : 'has repositories with several readers or API servers';
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, {
    fix: 'pass the repositories of one reader and one API server',
    object,
  });
}
