import { appliedFieldsOf } from '../../cluster/applied-mark';
import { listAt, stringAt } from '../../kubernetes/fields';
import { isConfigMap, isService, isStatefulSet } from '../../kubernetes/kinds';
import { groupOf, type KubeObject } from '../../kubernetes/kube-object';
import { isManaged } from '../../kubernetes/labels';

/** Kinds that are deleted at the same time: API group, then kinds, in the order of deletion. */
type Stage = readonly (readonly [group: string, ...kinds: string[]])[];

const ADMISSION = 'admissionregistration.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

/**
 * The order of deletion. Kustomizations go first, then rights, then what could use them. A policy goes after everything
 * that it restricts. What is in no stage goes before the policies.
 */
const STAGES: readonly Stage[] = [
  // It would apply again what is deleted.
  [['kustomize.toolkit.fluxcd.io', 'Kustomization']],
  [[RBAC, 'RoleBinding', 'ClusterRoleBinding']],
  [[RBAC, 'Role', 'ClusterRole']],
  [
    ['certificates.k8s.io', 'CertificateSigningRequest'],
    ['', 'Secret'],
  ],
  [['helm.toolkit.fluxcd.io', 'HelmRelease']],
  [
    ['batch', 'CronJob', 'Job'],
    ['apps', 'Deployment', 'DaemonSet', 'StatefulSet'],
    ['', 'Pod'],
  ],
  [
    ['source.toolkit.fluxcd.io', 'HelmChart', 'HelmRepository', 'OCIRepository', 'GitRepository', 'Bucket'],
    ['source.extensions.fluxcd.io', 'ArtifactGenerator'],
  ],
  [],
  [[ADMISSION, 'ValidatingAdmissionPolicyBinding']],
  [[ADMISSION, 'ValidatingAdmissionPolicy']],
  [['', 'Namespace']],
  [['apiextensions.k8s.io', 'CustomResourceDefinition']],
];
const OTHERS = STAGES.findIndex((stage) => stage.length === 0);

/** Kinds that hold nothing that applying the manifest again would not bring back, beside those of {@link holdsNoData}. */
const WITHOUT_DATA: Stage = [
  [RBAC, 'RoleBinding', 'ClusterRoleBinding', 'Role', 'ClusterRole'],
  ['certificates.k8s.io', 'CertificateSigningRequest'],
  ['batch', 'CronJob', 'Job'],
  ['apps', 'Deployment', 'DaemonSet'],
  ['', 'Pod', 'ServiceAccount', 'ResourceQuota', 'LimitRange'],
  ['source.toolkit.fluxcd.io', 'HelmChart', 'HelmRepository', 'OCIRepository', 'GitRepository', 'Bucket'],
  ['source.extensions.fluxcd.io', 'ArtifactGenerator'],
  ['networking.k8s.io', 'NetworkPolicy'],
  ['policy', 'PodDisruptionBudget'],
  ['autoscaling', 'HorizontalPodAutoscaler'],
  ['scheduling.k8s.io', 'PriorityClass'],
  [ADMISSION, 'ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy'],
];

function isIn(stage: Stage, { apiVersion, kind }: KubeObject): boolean {
  return stage.some(([group, ...kinds]) => group === groupOf(apiVersion) && kinds.includes(kind));
}

/** Objects by the stages of deletion, without empty ones. */
export function inStages(objects: readonly KubeObject[]): readonly (readonly KubeObject[])[] {
  const stages = STAGES.map((): KubeObject[] => []);
  for (const object of objects) {
    const found = STAGES.findIndex((stage) => isIn(stage, object));
    stages[found === -1 ? OTHERS : found]?.push(object);
  }
  return stages.filter((stage) => stage.length > 0);
}

/**
 * Whether an object is known to hold no data: applying its manifest again brings back everything. A Secret that the
 * signing step wrote is none: it is the credential of a reader, and another one can be issued. A HelmRelease is not known
 * to: deleting it uninstalls its chart.
 */
export function holdsNoData(object: KubeObject): boolean {
  if (isStatefulSet(object)) return listAt(object, 'spec', 'volumeClaimTemplates').length === 0;
  // The address of a load balancer is lost with its Service.
  if (isService(object)) return stringAt(object, 'spec', 'type') !== 'LoadBalancer';
  // What eggtooth alone wrote is in the manifest.
  if (isConfigMap(object)) return listAt(object.metadata, 'managedFields').length === appliedFieldsOf(object).length;
  return isIssued(object) || isIn(WITHOUT_DATA, object);
}

/** Whether the signing step wrote a Secret. */
export function isIssued(object: KubeObject): boolean {
  return object.apiVersion === 'v1' && object.kind === 'Secret' && isManaged(object);
}
