import type { AdmissionPolicyBindingManifest, AdmissionPolicyManifest } from '../../kubernetes/k8s';
import { certificateSigningRequest } from '../../pki/certificate-signing-request';
import { requestForms } from '../../pki/request-forms';

/** What a renewal job may ask for, and who it is. */
export interface PolicyOptions {
  /** Name of the policy and of its binding. */
  readonly name: string;
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** The user that it may ask certificates for. */
  readonly user: string;
  /** Longest duration that it may ask for, in seconds. */
  readonly maxExpirationSeconds: number;
}

const apiVersion = 'admissionregistration.k8s.io/v1';

/**
 * The policy that takes the right to make any client certificate away from whoever may approve for the signer: this
 * service account creates and approves requests of its own only, for this user, and deletes no others. CEL cannot look
 * into a request, but it can compare how it begins and how long it is.
 *
 * Failing, it refuses. It takes Kubernetes 1.30.
 */
export function admissionPolicy(options: PolicyOptions): AdmissionPolicyManifest {
  const { name, serviceAccount, user, maxExpirationSeconds } = options;
  const { signerName, usages } = certificateSigningRequest({
    metadata: { name },
    request: '',
    algorithm: 'P-256',
  }).spec;
  const duration = 'object.spec.expirationSeconds';
  const deletes = "request.operation == 'DELETE' ||";
  return {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['certificates.k8s.io'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['certificatesigningrequests', 'certificatesigningrequests/approval'],
          },
        ],
      },
      matchConditions: [
        {
          name: 'renewal-job',
          expression: `request.userInfo.username == 'system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}'`,
        },
      ],
      variables: [
        // Base64, which the schema calls bytes and CEL has as a string.
        { name: 'request', expression: 'dyn(object.spec.request)' },
        { name: 'lengths', expression: lengthsByStart(user) },
      ],
      validations: [
        refuseUnless(
          `(request.operation == 'DELETE' ? oldObject : object).spec.username == request.userInfo.username`,
          'the request is not one that the renewal job itself made',
        ),
        refuseUnless(
          `${deletes} variables.lengths.exists(start, variables.request.startsWith(start) && size(variables.request) == variables.lengths[start])`,
          `the request is not the one of eggtooth for ${user} alone, with a key of P-256`,
        ),
        refuseUnless(
          `${deletes} (object.spec.signerName == '${signerName}' && object.spec.usages == ${JSON.stringify(usages)})`,
          `the request is not one to ${signerName} for ${usages?.join(' and ')}`,
        ),
        refuseUnless(
          `${deletes} (has(${duration}) && ${duration} <= ${maxExpirationSeconds})`,
          `the request does not limit the duration of the certificate to ${maxExpirationSeconds} s or less`,
        ),
      ],
    },
  };
}

/** What puts {@link admissionPolicy} into force. */
export function admissionPolicyBinding({ name }: Pick<PolicyOptions, 'name'>): AdmissionPolicyBindingManifest {
  return {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
}

/** The answer is the one that RBAC gives, 403. */
function refuseUnless(expression: string, message: string) {
  return { expression, message, reason: 'Forbidden' };
}

/** A map of CEL: each start of an honest request, and the length of such a request. */
function lengthsByStart(user: string): string {
  const entries = requestForms(user).map(({ start, length }) => `'${start}': ${length}`);
  return `{${entries.join(', ')}}`;
}
