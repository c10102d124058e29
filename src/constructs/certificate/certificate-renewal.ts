import { ApiObject, Duration, Yaml } from 'cdk8s';
import { Construct } from 'constructs';
import type { ApiServer } from '../../chain/api-server';
import { DURATION_ANNOTATION, printTime } from '../../chain/certificate-duration';
import { Chain } from '../../chain/chain';
import { printFinding } from '../../chain/finding';
import { secretPolicyOf } from '../../chain/first-certificate';
import { check } from '../../chain/rules/check';
import { EggtoothError } from '../../errors';
import type { ConfigMapManifest, LocalObjectReference, ServiceAccountManifest } from '../../kubernetes/k8s';
import type { KubeObject, ObjectReference } from '../../kubernetes/kube-object';
import { isDnsLabel } from '../../kubernetes/names';
import { leastTimeToRenew } from '../../pki/renewal-time';
import { validateChain } from '../chain-validation';
import type { AssetsRepository } from '../charts/assets-repository';
import { ClusterObject, ManifestObject } from '../manifest-object';
import { admissionPolicy, admissionPolicyBinding, type Restriction } from './admission-policy';
import { expirationSecondsOf } from './client-certificate';
import { longestPause } from './cron-schedule';
import { CA_KEY, CHAIN_KEY, cronJob, firstCertificateJob } from './renewal-job';
import { rightsOf } from './renewal-rights';
import { requestRestriction } from './request-restriction';
import { repositoryRestriction, secretCreation, secretRestriction } from './write-restrictions';

const DEFAULT_DURATION = Duration.days(7);

/** Options for {@link CertificateRenewal}. */
export interface CertificateRenewalOptions {
  /** Image with the entrypoint `eggtooth`, with a tag or a digest. */
  readonly image: string;
  /**
   * When the job checks whether the certificate is due for renewal, in cron format without a time zone (spec.schedule).
   * @default '17 * * * *' - every hour
   */
  readonly schedule?: string;
  /**
   * Duration of a certificate, from 10 minutes to 365 days. Its HelmRepositories state it, so every command requests it.
   * The job renews the certificate after 70 to 90 % of that time, so the schedule must have a run in the last 10 %.
   * @default - the duration of the reader, or else Duration.days(7)
   */
  readonly duration?: Duration;
  /**
   * Adds a Job that issues the first certificate, so that the YAML alone brings up a cluster: `kubectl apply`, or the
   * manifest folder of a distribution. It waits for everything that the certificate needs, and never gives up. The service
   * account may then create the Secrets of the chain, and a second ValidatingAdmissionPolicy restricts what they contain.
   * @default false - `eggtooth up` or `eggtooth issue` issues it
   */
  readonly firstCertificate?: boolean;
  /**
   * Secrets of type kubernetes.io/dockerconfigjson with the credentials for the registry of the image.
   * @default - none
   */
  readonly imagePullSecrets?: readonly LocalObjectReference[];
  /**
   * PriorityClass of the pods.
   * @default - the default of the cluster
   */
  readonly priorityClassName?: string;
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
 * Whoever may approve client certificates could issue one for anybody, and whoever may patch a HelmRepository could
 * change its URL, and so decide what Flux installs. A ValidatingAdmissionPolicy (Kubernetes 1.30) prevents both: the job
 * can request certificates for this reader only, write the certificate into its Secrets, and request reconciliations. The
 * policy is applied before the rights, and the job does nothing while it is not enforced. The job can update the Secrets,
 * but not create them: the first certificate comes from `eggtooth up` or `eggtooth issue`, or, with `firstCertificate`, from
 * a Job.
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
  /** The ValidatingAdmissionPolicy for the creation of Secrets, with `firstCertificate`. */
  readonly secretPolicy?: ApiObject;
  /** The Job that issues the first certificate, with `firstCertificate`. */
  readonly firstCertificateJob?: ApiObject;
  /** The ServiceAccount. */
  readonly serviceAccount: ApiObject;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if the name, the schedule, the duration or the repositories are invalid, or
   * the schedule may have no run between the time when a certificate is due and its end
   */
  constructor(scope: Construct, id: string, props: CertificateRenewalProps) {
    super(scope, id);
    const { name, namespace, schedule = '17 * * * *', firstCertificate = false } = props;
    const place = { name, namespace };
    const reference = { apiVersion: 'batch/v1', kind: 'CronJob', ...place };
    assertName(reference);
    const expirationSeconds = stateDuration(props, reference);
    assertSchedule(schedule, expirationSeconds, reference);
    const objects = objectsOf(props.repositories);
    const chain = Chain.fromObjects(objects);
    const { user, apiServer } = identityOf(chain, reference);
    // The name of a namespace has no dot, so no other renewal job has this name.
    const uniqueName = `${name}.${namespace}`;

    const secrets = secretRestriction(
      chain.credentials.flatMap((credential) => credential.secrets),
      apiServer.certificateAuthority,
    );
    this.policy = this.restrict('', uniqueName, place, [
      requestRestriction({ user, maxExpirationSeconds: expirationSeconds }),
      // Each write is restricted by one policy, so that a denial tells which of the policies is enforced.
      firstCertificate ? { ...secrets, operations: ['UPDATE', 'DELETE'] } : secrets,
      repositoryRestriction,
    ]);
    if (firstCertificate) {
      this.secretPolicy = this.restrict('Secret', secretPolicyOf(uniqueName), place, [secretCreation(secrets)]);
    }
    this.serviceAccount = new ApiObject(this, 'ServiceAccount', serviceAccount(place));
    const { certificateAuthority: ca } = apiServer;
    const data = { [CHAIN_KEY]: Yaml.stringify(...objects), ...(ca !== undefined && { [CA_KEY]: ca }) };
    const configMap: ConfigMapManifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data };
    new ApiObject(this, 'ConfigMap', configMap);
    // The job checks the same rules, and fails if one is broken.
    this.node.addValidation({
      validate: () =>
        check(chain)
          .filter(({ severity }) => severity === 'error')
          .map((finding) => `in the ConfigMap ${namespace}/${name}: ${printFinding(finding)}`),
    });
    for (const right of rightsOf(chain, { name: uniqueName, renewalJob: place, firstCertificate })) {
      const { kind, metadata } = right;
      if (metadata.namespace === undefined) new ClusterObject(this, kind, right);
      else new ApiObject(this, `${kind}-${metadata.namespace}`, right);
    }
    const { image, imagePullSecrets, priorityClassName } = props;
    const pod = { ...place, image, imagePullSecrets, priorityClassName, apiServer, policy: uniqueName };
    this.apiObject = new ApiObject(this, 'Default', cronJob(pod, schedule));
    if (firstCertificate) this.firstCertificateJob = new ApiObject(this, 'FirstCertificate', firstCertificateJob(pod));
    validateChain(this);
  }

  /** Adds a policy for the service account, with its binding. */
  private restrict(
    id: string,
    name: string,
    serviceAccount: { readonly name: string; readonly namespace: string },
    restrictions: readonly Restriction[],
  ): ApiObject {
    const username = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
    const policy = new ClusterObject(this, `${id}Policy`, admissionPolicy({ name, username, restrictions }));
    new ClusterObject(this, `${id}PolicyBinding`, admissionPolicyBinding({ name }));
    return policy;
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

/**
 * Makes every repository state the duration of the certificate, in seconds.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
function stateDuration(
  { repositories, duration }: Pick<CertificateRenewalProps, 'repositories' | 'duration'>,
  object: ObjectReference,
): number {
  const stated = repositories.flatMap(({ reader }) => reader.duration ?? []);
  const seconds = expirationSecondsOf(duration ?? stated[0] ?? DEFAULT_DURATION);
  if (stated.some((one) => expirationSecondsOf(one) !== seconds)) {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `has another duration than its reader: ${printTime(seconds)}`, {
      fix: 'set duration of the AssetsReader only (readerDuration of BootstrapBundle)',
      object,
    });
  }
  for (const repository of repositories) {
    if (repository.reader.duration === undefined) {
      repository.metadata.addAnnotation(DURATION_ANNOTATION, printTime(seconds));
    }
  }
  return seconds;
}

/** How long a run of the job may take until the certificate is written, in seconds. */
const RUN_SECONDS = 60;

function assertSchedule(schedule: string, duration: number, object: ObjectReference): void {
  const pause = longestPause(schedule);
  if (typeof pause === 'string') {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `invalid schedule ${JSON.stringify(schedule)}: it ${pause}`, {
      fix: "write minute, hour, day of the month, month and day of the week, for example '17 * * * *'",
      object,
    });
  }
  const left = leastTimeToRenew(duration);
  if (pause + RUN_SECONDS <= left) return;
  const runs = Number.isFinite(pause) ? `pauses for up to ${printTime(pause)}` : 'never runs';
  throw new EggtoothError(
    'ERR_EGGTOOTH_OPTION',
    `the schedule ${JSON.stringify(schedule)} ${runs}, and a certificate of ${printTime(duration)} may be due only ${printTime(left)} before it expires`,
    { fix: 'run the job more often, or set a longer duration', object },
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
