import { certificateSigningRequest, requestGvk } from '../../pki/certificate-signing-request';
import { requestForms } from '../../pki/request-forms';
import { isUnchanged, type Restriction } from './admission-policy';

/** Options for {@link requestRestriction}. */
export interface RequestRestrictionOptions {
  /** The user that certificates may be requested for. */
  readonly user: string;
  /** The longest duration that may be requested, in seconds. */
  readonly maxExpirationSeconds: number;
}

/**
 * What a renewal writes to CertificateSigningRequests: it creates, approves and deletes requests of its own for one user.
 * Whoever may approve client certificates could otherwise issue one for anybody. CEL cannot parse a request, but it can
 * compare its beginning and its length.
 */
export function requestRestriction({ user, maxExpirationSeconds }: RequestRestrictionOptions): Restriction {
  const { signerName, usages } = certificateSigningRequest({
    metadata: { name: 'request' },
    request: '',
    algorithm: 'P-256',
  }).spec;
  const spec = 'variables.after.spec';
  const unlessDeleted = (expression: string) => `request.operation == 'DELETE' || (${expression})`;
  return {
    group: requestGvk.apiVersion.split('/', 1)[0] ?? '',
    resources: ['certificatesigningrequests', 'certificatesigningrequests/*'],
    variables: [{ name: 'lengths', expression: lengthsByStart(user) }],
    validations: [
      {
        expression: `(request.operation == 'DELETE' ? variables.before : variables.after).spec.username == request.userInfo.username`,
        message: 'the request was not created by the renewal job',
      },
      {
        expression: unlessDeleted(
          `variables.lengths.exists(start, ${spec}.request.startsWith(start) && size(${spec}.request) == variables.lengths[start])`,
        ),
        message: `the request is not one of eggtooth for ${user} with a P-256 key`,
      },
      {
        expression: unlessDeleted(
          `${spec}.signerName == '${signerName}' && ${spec}.usages == ${JSON.stringify(usages)}`,
        ),
        message: `the request is not for the signer ${signerName} and the usages ${usages?.join(' and ')}`,
      },
      {
        expression: unlessDeleted(
          `has(${spec}.expirationSeconds) && ${spec}.expirationSeconds <= ${maxExpirationSeconds}`,
        ),
        message: `the request does not limit the duration of the certificate to ${maxExpirationSeconds} s`,
      },
      {
        expression: unlessDeleted(
          `${isUnchanged('metadata.?ownerReferences', 'metadata.?finalizers', 'status.?certificate')} && (request.operation == 'CREATE' || (${isUnchanged('spec', 'metadata.?labels', 'metadata.?annotations')}))`,
        ),
        message: 'more than the approval would change',
      },
      {
        expression: unlessDeleted(
          "variables.after.?status.?conditions.orValue([]).all(condition, condition.type == 'Approved' && condition.status == 'True')",
        ),
        message: 'the request would be denied, or marked as failed',
      },
    ],
  };
}

/** A map in CEL from each possible beginning of eggtooth's requests for the user to their length. */
function lengthsByStart(user: string): string {
  const entries = requestForms(user).map(({ start, length }) => `'${start}': ${length}`);
  return `{${entries.join(', ')}}`;
}
