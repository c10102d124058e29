import { X509Certificate } from 'node:crypto';
import type { SecretReference } from '../../chain/links';
import { stringAt } from '../../kubernetes/fields';
import type { KubeObject } from '../../kubernetes/kube-object';
import { PrivateKey } from '../../pki/private-key';

/** A client certificate as a Secret holds it. */
export interface HeldCertificate {
  readonly secret: SecretReference;
  readonly user: string;
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: PrivateKey;
  /** CA certificates of the endpoints, PEM. */
  readonly ca: string;
}

/** The user that a Secret's certificate is for; `undefined` if it holds none, or one whose subject says more. */
export function userOf(secret: KubeObject): string | undefined {
  try {
    const [, user] = /^CN=([^\n]+)$/.exec(new X509Certificate(decode(secret, 'tls.crt')).subject) ?? [];
    return user;
  } catch {
    return undefined;
  }
}

/** Takes the certificate out of a Secret, to try it; `undefined` if it holds none that could be tried. */
export function heldCertificate(object: KubeObject): HeldCertificate | undefined {
  const user = userOf(object);
  if (user === undefined) return undefined;
  const { namespace = '', name = '' } = object.metadata;
  try {
    const privateKey = PrivateKey.fromPem(decode(object, 'tls.key'));
    const [certificate, ca] = [decode(object, 'tls.crt'), decode(object, 'ca.crt')];
    return { secret: { namespace, name }, user, certificate, privateKey, ca };
  } catch {
    return undefined;
  }
}

function decode(secret: KubeObject, key: string): string {
  return Buffer.from(stringAt(secret, 'data', key) ?? '', 'base64').toString('utf8');
}
