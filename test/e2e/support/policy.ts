import { type Cluster, eventually } from '../../../tools/control-plane';

/** What a real admission policy refuses. */
export interface Refusal {
  readonly name: string;
  readonly apiGroup: string;
  /** As in `secrets` or `certificatesigningrequests/approval`. */
  readonly resource: string;
  /** CEL: what may pass. */
  readonly expression: string;
  /** CEL: what the answer says. */
  readonly messageExpression?: string;
}

/**
 * Sets up a ValidatingAdmissionPolicy; resolves, once it is in force, to what ends it.
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
