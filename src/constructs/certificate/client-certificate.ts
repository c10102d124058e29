import type { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { certificateDurationProblem } from '../../chain/certificate-duration';
import { assertUser } from '../../chain/user';
import { EggtoothError } from '../../errors';
import { readOnePem } from '../../kubernetes/pem';
import { certificateSigningRequest, type KeyAlgorithm, requestName } from '../../pki/certificate-signing-request';
import { validateChain } from '../chain-validation';
import { ClusterObject } from '../manifest-object';

/** Props of {@link ClientCertificate}. */
export interface ClientCertificateProps {
  /** User that the request names; see {@link AssetsReader.user}. */
  readonly user: string;
  /** PKCS #10 request: one PEM block `CERTIFICATE REQUEST` and nothing else, as `eggtooth csr` prints it. */
  readonly request: string;
  /**
   * Algorithm of the request's key.
   * @default 'P-256'
   */
  readonly algorithm?: KeyAlgorithm;
  /**
   * Duration of the certificate, from 10 minutes to 365 days (spec.expirationSeconds).
   * @default - the default of the signer: a year, unless the cluster is configured differently
   */
  readonly duration?: Duration;
  /**
   * Name of the object. The spec of a CertificateSigningRequest is immutable, and the API server silently ignores a
   * change, so another request needs another name.
   * @default - USER-HASH, with a hash of the request
   */
  readonly name?: string;
}

/**
 * The CertificateSigningRequest for a key that is stored elsewhere. It does not contain the private key.
 *
 * Most users do not need it: `eggtooth issue` creates the request itself, with a key that never leaves its memory.
 *
 * @example
 * ```ts
 * new ClientCertificate(chart, 'csr', { user: reader.user, request: readFileSync('reader.csr', 'utf8') });
 * ```
 */
export class ClientCertificate extends Construct {
  /** The CertificateSigningRequest. */
  readonly apiObject: ApiObject;

  /**
   * @throws EggtoothError `ERR_EGGTOOTH_USER`, or `ERR_EGGTOOTH_OPTION` if the request is not one PEM block or the
   * duration is invalid
   */
  constructor(scope: Construct, id: string, props: ClientCertificateProps) {
    super(scope, id);
    assertUser(props.user);
    const { request } = props;
    assertOneRequest(request);
    const expirationSeconds = props.duration && expirationSecondsOf(props.duration);
    this.apiObject = new ClusterObject(
      this,
      'Default',
      certificateSigningRequest({
        metadata: { name: props.name ?? requestName(props.user, request) },
        request,
        algorithm: props.algorithm ?? 'P-256',
        expirationSeconds,
      }),
    );
    validateChain(this);
  }
}

function assertOneRequest(request: string): void {
  const { found } = readOnePem('CERTIFICATE REQUEST', request);
  if (found === undefined) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `expected one PEM block CERTIFICATE REQUEST, found ${found}`, {
    fix: 'pass only the request: others in the cluster can read everything in it',
  });
}

/**
 * The duration of a certificate in seconds, for spec.expirationSeconds.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION` if no cluster would sign it
 */
export function expirationSecondsOf(duration: Duration): number {
  const seconds = duration.toSeconds({ integral: false });
  const invalid = certificateDurationProblem(seconds);
  if (invalid === undefined) return seconds;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', invalid.problem, { fix: invalid.fix });
}
