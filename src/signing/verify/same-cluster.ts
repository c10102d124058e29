import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { ClusterObjects } from '../../cluster/cluster-objects';
import { VERIFYING } from '../../cluster/https-cluster';
import { EggtoothError } from '../../errors';
import { stringAt } from '../../kubernetes/fields';
import { splitCaBundle } from '../../kubernetes/pem';
import { isSameServer } from './endpoints';
import { leadsHome } from './loopback';

/** How long a handshake may take, in milliseconds: what cannot be reached is looked at later, more patiently. */
const TIMEOUT = 2000;

/** A name in the certificate of every API server. The CA of kube-root-ca.crt verifies it there. */
const API_SERVER = 'kubernetes.default.svc';

/** What OpenSSL says of a certificate that none of the CAs signed. */
const UNTRUSTED: readonly string[] = [
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/**
 * Refuses to write into a cluster if the endpoints of a bundle are those of another one. Every API server has a certificate
 * for `kubernetes.default.svc`, which the CA of its cluster signed, whatever certificate it has for its other names: it
 * is asked for that one. No credentials are sent. What has no such certificate, for example a load balancer that ends TLS,
 * says nothing about the cluster.
 *
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if the context is that of another cluster
 */
export async function assertSameCluster(
  cluster: Cluster,
  credentials: readonly Pick<Credential, 'secrets'>[],
): Promise<void> {
  const endpoints = new Map(
    credentials.flatMap(({ secrets }) => secrets.flatMap((secret) => secret.endpoints)).map((one) => [one.url, one]),
  );
  for (const { url, certificateAuthority } of endpoints.values()) {
    if (isSameServer(cluster.server, url)) continue;
    const ofKubeconfig = splitCaBundle(cluster.certificateAuthority ?? '');
    const seen = leadsHome(cluster, url) ? await look(url, ofKubeconfig) : 'unknown';
    if (seen === 'signed') continue;
    const root = await rootCas(cluster);
    // The CA of the kubeconfig may be that of a proxy in front of the API server.
    if (root.length === 0) continue;
    const cas = [...root, ...ofKubeconfig];
    const isOther =
      seen === 'unknown'
        ? isAnotherOfThatName(splitCaBundle(certificateAuthority ?? ''), cas)
        : (await look(url, cas)) === 'unsigned';
    if (isOther) throw otherCluster(cluster, url, seen === 'unknown');
  }
}

/** The CAs of the cluster; none if they cannot be read. */
async function rootCas(cluster: Cluster): Promise<readonly string[]> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-root-ca.crt' };
  try {
    const found = await new ClusterObjects(cluster).get(object, { purpose: 'read the CA of the cluster' });
    return splitCaBundle(stringAt(found, 'data', 'ca.crt') ?? '');
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    return [];
  }
}

/** Whether one of some CAs signed the certificate of an API server; `unknown` if it is not reached, or is none. */
function look(url: string, ca: readonly string[]): Promise<'signed' | 'unsigned' | 'unknown'> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const options = { host, port: Number(port || 443), servername: API_SERVER, ca: [...ca] };
  return new Promise((resolve) => {
    const socket = connect({ ...options, ...VERIFYING, rejectUnauthorized: false });
    const end = (outcome: 'signed' | 'unsigned' | 'unknown') => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(TIMEOUT, () => end('unknown'));
    socket.on('error', () => end('unknown'));
    socket.on('secureConnect', () => {
      const isApiServer = socket.getPeerX509Certificate()?.checkHost(API_SERVER) !== undefined;
      // Its type is wrong: it is the code of an error.
      const problem = `${socket.authorizationError ?? ''}`;
      if (!isApiServer) end('unknown');
      else end(UNTRUSTED.includes(problem) ? 'unsigned' : 'signed');
    });
  });
}

/**
 * Whether the CAs that a bundle gives are those of another cluster, although they have the same name, as in clusters of
 * kubeadm. A private CA in front of the API server has another name.
 */
function isAnotherOfThatName(given: readonly string[], cas: readonly string[]): boolean {
  const own = cas.map((pem) => new X509Certificate(pem));
  const theirs = given.map((pem) => new X509Certificate(pem));
  const isOne = (one: X509Certificate) => own.some((other) => other.publicKey.equals(one.publicKey));
  const isNamesake = (one: X509Certificate) => own.some((other) => other.subject === one.subject);
  return theirs.length > 0 && theirs.every((one) => isNamesake(one) && !isOne(one));
}

function otherCluster({ server }: Cluster, url: string, isByCa: boolean): EggtoothError {
  const what = isByCa
    ? `the CA that the bundle gives for ${url} is`
    : `the API server at ${url}, which the bundle names, is`;
  return new EggtoothError(
    'ERR_EGGTOOTH_KUBECONFIG',
    `${what} not of the cluster of the kubeconfig, ${server}: nothing is written`,
    {
      fix: 'choose the cluster of the bundle with --context, or the bundle of this cluster; if its CA was renewed, update the bundle',
    },
  );
}
