import type { AdmissionPolicyBindingManifest, AdmissionPolicyManifest } from '../../kubernetes/k8s';
import { certificateSigningRequest } from '../../pki/certificate-signing-request';
import { requestForms } from '../../pki/request-forms';

/** Options for {@link admissionPolicy}. */
export interface PolicyOptions {
  /** Name of the policy and of its binding. */
  readonly name: string;
  /** The service account of the renewal job. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** The user that it may request certificates for. */
  readonly user: string;
  /** The longest duration that it may request, in seconds. */
  readonly maxExpirationSeconds: number;
}

const apiVersion = 'admissionregistration.k8s.io/v1';

/**
 * The ValidatingAdmissionPolicy that restricts a service account with the right to approve client certificates, which
 * could otherwise issue one for anybody: it creates, approves and deletes only its own requests, and only for this user.
 * CEL cannot parse a request, but it can compare its beginning and its length.
 *
 * The policy denies the call if it fails. It requires Kubernetes 1.30.
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
        // The schema has bytes, which CEL sees as a string with their base64.
        { name: 'request', expression: 'dyn(object.spec.request)' },
        { name: 'lengths', expression: lengthsByStart(user) },
      ],
      validations: [
        refuseUnless(
          `(request.operation == 'DELETE' ? oldObject : object).spec.username == request.userInfo.username`,
          'the request was not created by the renewal job',
        ),
        refuseUnless(
          `${deletes} variables.lengths.exists(start, variables.request.startsWith(start) && size(variables.request) == variables.lengths[start])`,
          `the request is not one of eggtooth for ${user} with a P-256 key`,
        ),
        refuseUnless(
          `${deletes} (object.spec.signerName == '${signerName}' && object.spec.usages == ${JSON.stringify(usages)})`,
          `the request is not for the signer ${signerName} and the usages ${usages?.join(' and ')}`,
        ),
        refuseUnless(
          `${deletes} (has(${duration}) && ${duration} <= ${maxExpirationSeconds})`,
          `the request does not limit the duration of the certificate to ${maxExpirationSeconds} s`,
        ),
      ],
    },
  };
}

/** The binding that enforces the {@link admissionPolicy}. */
export function admissionPolicyBinding({ name }: Pick<PolicyOptions, 'name'>): AdmissionPolicyBindingManifest {
  return {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
}

/** A validation whose denial is answered with 403, like one of RBAC. */
function refuseUnless(expression: string, message: string) {
  return { expression, message, reason: 'Forbidden' };
}

/** A map in CEL from each possible beginning of eggtooth's requests for the user to their length. */
function lengthsByStart(user: string): string {
  const entries = requestForms(user).map(({ start, length }) => `'${start}': ${length}`);
  return `{${entries.join(', ')}}`;
}
