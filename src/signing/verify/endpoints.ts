import { rootCertificates } from 'node:tls';
import type { Credential } from '../../chain/credentials';
import type { ClientCertificate, Cluster } from '../../cluster/cluster';
import { clusterAs } from '../../cluster/https-cluster';
import type { IssuedCertificate } from '../../pki/check-certificate';

/** The CA certificates (PEM) that verify an endpoint, by its URL; empty if those of the system do. */
export type EndpointCas = (url: string) => readonly string[];

/** The URLs of the endpoints of a credential. */
export function endpointUrls({ secrets }: Pick<Credential, 'secrets'>): readonly string[] {
  return [...new Set(secrets.flatMap(({ endpoints }) => endpoints.map(({ url }) => url)))];
}

/**
 * Connects to an API server with a certificate.
 * @param ca - CA certificates, PEM; empty for those of the system
 * @param timeout - of one call, in milliseconds
 */
export function connectAs(
  url: string,
  ca: readonly string[],
  issued: Pick<IssuedCertificate, 'certificate' | 'privateKey'>,
  timeout: number,
): Cluster {
  const trusted = ca.length > 0 ? [...ca] : [...rootCertificates];
  return clusterAs(url, { ...clientCertificate(issued), ca: trusted }, timeout);
}

/**
 * Connects to the API server of the kubeconfig with a certificate.
 * @param timeout - of one call, in milliseconds
 */
export function connectOwn(cluster: Cluster, certificate: ClientCertificate, timeout: number): Cluster {
  const { server, certificateAuthority: ca } = cluster;
  const connected = cluster.connectAs?.(certificate, timeout);
  return (
    connected ?? clusterAs(server, { ...certificate, ca: ca === undefined ? [...rootCertificates] : [ca] }, timeout)
  );
}

/** A certificate with its key, as a connection takes it. */
export function clientCertificate({
  certificate,
  privateKey,
}: Pick<IssuedCertificate, 'certificate' | 'privateKey'>): ClientCertificate {
  return { cert: certificate.pem, key: privateKey.revealPem() };
}

/** Whether two URLs of API servers have the same host and port. */
export function isSameServer(one: string, other: string): boolean {
  return new URL(one).host === new URL(other).host;
}
