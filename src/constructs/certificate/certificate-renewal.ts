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

/** What a {@link CertificateRenewal} can be told beside its place in the cluster. */
export interface CertificateRenewalOptions {
  /** Image whose entrypoint is `eggtooth`, with a tag or a digest. */
  readonly image: string;
  /**
   * When it looks whether a certificate is due, as cron has it (spec.schedule).
   * @default '17 * * * *' - every hour
   */
  readonly schedule?: string;
  /**
   * Duration of a certificate, at least 10 minutes. It is renewed when 70 to 90 % of that are over, so that must leave time for
   * several runs.
   * @default Duration.days(7)
   */
  readonly duration?: Duration;
}

/** Props of {@link CertificateRenewal}. */
export interface CertificateRenewalProps extends CertificateRenewalOptions {
  /** Name of the CronJob, its service account and its ConfigMap; at most 52 characters. */
  readonly name: string;
  /** Namespace of the CronJob; it must let pods onto the host network. */
  readonly namespace: string;
  /** The repositories whose reader needs a certificate, all of one reader; all else follows from them. */
  readonly repositories: readonly AssetsRepository[];
}

/**
 * Renews the certificate of a reader inside the cluster, with the least rights: a CronJob that works before there is a
 * CNI, with nothing but the token of its service account. It finds the chain in a ConfigMap, as it stands when this is
 * constructed.
 *
 * Whoever may approve client certificates could make one for anybody; a ValidatingAdmissionPolicy (Kubernetes 1.30) takes
 * that away. It comes before the rights, and the job does nothing while it is not in force. It may rewrite the Secrets and
 * create none: the first certificate comes from `eggtooth up` or `eggtooth issue`.
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

  /** @throws EggtoothError `ERR_EGGTOOTH_OPTION` naming the option and what it takes */
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
    // A namespace has no dot in its name, so no other renewal job has this one.
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
  // Kubernetes adds the time to the name of a CronJob, for its Jobs.
  if (isDnsLabel(object.name) && object.name.length <= 52) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', 'cannot have this name', {
    fix: 'choose one of at most 52 lower-case letters, digits and -',
    object,
  });
}

/** The one user of the chain, and the one address that it reads at: the job finds the API server there. */
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
  const problem =
    first === undefined ? 'has no repository to renew for' : 'has repositories of several readers or addresses';
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', problem, {
    fix: 'give it the repositories that one reader reads through the API server at one address',
    object,
  });
}
