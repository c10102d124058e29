import type { ApiServer } from '../../chain/api-server';
import { FIRST_CERTIFICATE } from '../../chain/first-certificate';
import type { CronJobManifest, JobManifest, LocalObjectReference, Volume } from '../../kubernetes/k8s';
import { newNodeTolerations } from '../taints';

/** Key of the ConfigMap with the chain. */
export const CHAIN_KEY = 'chain.yaml';
/** Key of the ConfigMap with the CA of the API server, if the chain has one. */
export const CA_KEY = 'ca.crt';

/** Options for the pods of a renewal. */
export interface RenewalPodOptions {
  /** Name and namespace of the CronJob, of its service account and of the ConfigMap with the chain. */
  readonly name: string;
  readonly namespace: string;
  /** Image with the entrypoint `eggtooth`. */
  readonly image: string;
  readonly imagePullSecrets?: readonly LocalObjectReference[];
  readonly priorityClassName?: string;
  /** The API server that it connects to. */
  readonly apiServer: ApiServer;
  /** Name of the admission policy that must be enforced. */
  readonly policy: string;
}

const [BUNDLE, SERVICE_ACCOUNT] = ['/etc/eggtooth', '/var/run/secrets/kubernetes.io/serviceaccount'];
/** A user without rights on the node. The image may specify root. */
const USER = 65532;

/**
 * The CronJob that renews: on the host network, with the chain and a short-lived token, and without rights on its node.
 * @param schedule - when the job runs, in cron format
 */
export function cronJob(options: RenewalPodOptions, schedule: string): CronJobManifest {
  const { name, namespace } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: {
      schedule,
      concurrencyPolicy: 'Forbid',
      // Without a deadline, the controller stops after 100 missed schedules.
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: 300,
          template: podTemplate(options, 'Never'),
        },
      },
    },
  };
}

/** How long a run waits for what the first certificate needs. The next run reads the chain again. */
const WAIT = '15m';
/** The kubelet restarts the container for as long as that takes. */
const UNLIMITED = 2 ** 31 - 1;

/**
 * The Job that issues the first certificate, with the pod of the {@link cronJob}: it runs once for each `kubectl apply`,
 * and is deleted when it is done, because its template is immutable.
 */
export function firstCertificateJob(options: RenewalPodOptions): JobManifest {
  const { name, namespace } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    // The CronJob names its Jobs after itself too, and ends them with a number.
    metadata: { name: `${name}-first`, namespace, annotations: { [FIRST_CERTIFICATE]: 'true' } },
    spec: {
      backoffLimit: UNLIMITED,
      ttlSecondsAfterFinished: 60,
      template: podTemplate(options, 'OnFailure', `--wait=${WAIT}`),
    },
  };
}

function podTemplate(
  options: RenewalPodOptions,
  restartPolicy: 'Never' | 'OnFailure',
  ...flags: readonly string[]
): JobManifest['spec']['template'] {
  const { name, image, imagePullSecrets, priorityClassName, apiServer, policy } = options;
  return {
    metadata: { labels: { 'app.kubernetes.io/name': name } },
    spec: {
      hostNetwork: true,
      restartPolicy,
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(imagePullSecrets && { imagePullSecrets }),
      ...(priorityClassName && { priorityClassName }),
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: newNodeTolerations,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'eggtooth',
          image,
          args: ['renew', `${BUNDLE}/${CHAIN_KEY}`, `--require-policy=${policy}`, ...flags],
          env: [
            { name: 'KUBERNETES_SERVICE_HOST', value: apiServer.host },
            { name: 'KUBERNETES_SERVICE_PORT', value: `${apiServer.port}` },
          ],
          // Shows the error in the pod's status: `kubectl logs` needs a connection to the kubelet.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'bundle', mountPath: BUNDLE, readOnly: true },
            { name: 'token', mountPath: SERVICE_ACCOUNT, readOnly: true },
          ],
        },
      ],
      volumes: [bundle(name), token(options)],
    },
  };
}

function bundle(name: string): Volume {
  return { name: 'bundle', configMap: { name, items: [{ key: CHAIN_KEY, path: CHAIN_KEY }] } };
}

/** The volume that Kubernetes mounts by default, but with the CA of the endpoint, which can differ from the cluster's. */
function token({ name, apiServer }: RenewalPodOptions): Volume {
  const ca = apiServer.certificateAuthority === undefined ? 'kube-root-ca.crt' : name;
  return {
    name: 'token',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 600 } },
        { configMap: { name: ca, items: [{ key: CA_KEY, path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
