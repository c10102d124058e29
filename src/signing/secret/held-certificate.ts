import { rootCertificates } from 'node:tls';
import type { SecretReference } from '../../chain/links';
import type { Cluster } from '../../cluster/cluster';
import { clusterAs } from '../../cluster/https-cluster';
import type { KubeObject } from '../../kubernetes/kube-object';
import { parseCertificate } from '../../pki/check-certificate';
import { PrivateKey } from '../../pki/private-key';
import { secretText } from './secret';

/** A client certificate as a Secret holds it, unchecked. */
export interface HeldCertificate {
  readonly secret: SecretReference;
  readonly user: string;
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: PrivateKey;
  /** CA certificates of the endpoints, PEM. */
  readonly ca: string;
}

/** The user that a Secret's certificate names; `undefined` if there is none, or its subject is more than a user. */
export function userOf(secret: KubeObject): string | undefined {
  const certificate = parseCertificate(secretText(secret, 'tls.crt'));
  const [, user] = /^CN=([^\n]+)$/.exec(certificate?.subject ?? '') ?? [];
  return user;
}

/** Reads certificate, key and CA from a Secret; `undefined` if certificate or key cannot be read. */
export function heldCertificate(object: KubeObject): HeldCertificate | undefined {
  const user = userOf(object);
  const privateKey = readKey(object);
  if (user === undefined || privateKey === undefined) return undefined;
  const { namespace = '', name = '' } = object.metadata;
  const [certificate, ca] = [secretText(object, 'tls.crt'), secretText(object, 'ca.crt')];
  return { secret: { namespace, name }, user, certificate, privateKey, ca };
}

/** The private key of a Secret; `undefined` if it cannot be read. */
export function readKey(object: KubeObject): PrivateKey | undefined {
  try {
    return PrivateKey.fromPem(secretText(object, 'tls.key'));
  } catch {
    return undefined;
  }
}

/**
 * Connects to an endpoint as Flux does with the Secret: it trusts the system's CAs too.
 * @param timeout - of one call, in milliseconds
 */
export function connectWith({ certificate, privateKey, ca }: HeldCertificate, url: string, timeout: number): Cluster {
  const cas = [...rootCertificates, ...(ca === '' ? [] : [ca])];
  return clusterAs(url, { cert: certificate, key: privateKey.revealPem(), ca: cas }, timeout);
}
