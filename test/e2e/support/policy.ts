import { type Cluster, eventually } from '../../../tools/control-plane';

/** A ValidatingAdmissionPolicy for a test. */
export interface Refusal {
  readonly name: string;
  readonly apiGroup: string;
  /** As in `secrets` or `certificatesigningrequests/approval`. */
  readonly resource: string;
  /** CEL: which objects are admitted. */
  readonly expression: string;
  /** CEL: the message of a refusal. */
  readonly messageExpression?: string;
}

/**
 * Sets up a ValidatingAdmissionPolicy; resolves, once it is in force, to a function that removes it.
 * @param isRefused - tries whether it is in force
 */
export async function refuse(
  cluster: Cluster,
  { name, apiGroup, resource, ...validation }: Refusal,
  isRefused: () => Promise<boolean>,
): Promise<() => Promise<void>> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = {
    apiGroups: [apiGroup],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: [resource],
  };
  await cluster.apply([
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: { matchConstraints: { resourceRules: [rule] }, validations: [validation] },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ]);
  await eventually(isRefused);
  return async () => {
    await cluster.kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', name]);
    await eventually(async () => !(await isRefused()));
  };
}

/** Whether the API server refuses to create an object, asked by dry run. */
export function isCreateRefused(cluster: Cluster, object: object): Promise<boolean> {
  return cluster.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(object)).then(
    () => false,
    () => true,
  );
}
