import type { KubeObject } from '../kubernetes/kube-object';

/** Annotation of the Job that issues the first certificate of a bundle. */
export const FIRST_CERTIFICATE = 'eggtooth.dev/first-certificate';

/** Whether an object is a Job that issues a first certificate. */
export function issuesFirstCertificate({ kind, metadata }: KubeObject): boolean {
  return kind === 'Job' && metadata.annotations?.[FIRST_CERTIFICATE] !== undefined;
}

/**
 * The name of the ValidatingAdmissionPolicy that restricts which Secrets a renewal job creates. A Secret of that name is
 * what its check tries to create.
 * @param policy - name of the policy that restricts everything else that the job writes
 */
export function secretPolicyOf(policy: string): string {
  return `${policy}.secrets`;
}
