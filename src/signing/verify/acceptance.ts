import type { Credential } from '../../chain/credentials';
import { reviewIdentity } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { clientCertificate, connectAs, connectOwn, type EndpointCas, endpointUrls } from './endpoints';
import { leadsHome } from './loopback';

/** How long a call may take, in milliseconds. */
const TIMEOUT = 5000;

/**
 * Finds an API server that does not accept a certificate (401), as after a change of the cluster's client CA. The
 * endpoints are asked; if none of them can be reached from here, the server of the kubeconfig.
 *
 * @returns its URL; `undefined` if there is none
 */
export async function findRejecting(
  cluster: Cluster,
  credential: Pick<Credential, 'secrets'>,
  issued: IssuedCertificate,
  cas: EndpointCas,
): Promise<string | undefined> {
  const urls = endpointUrls(credential).filter((url) => leadsHome(cluster, url));
  const answers = await Promise.all(urls.map((url) => ask(connectAs(url, cas(url), issued, TIMEOUT))));
  const rejecting = urls.find((_, index) => answers[index] === 'rejects');
  if (rejecting !== undefined || answers.some((answer) => answer === 'accepts')) return rejecting;
  return (await ask(connectOwn(cluster, clientCertificate(issued), TIMEOUT))) === 'rejects'
    ? cluster.server
    : undefined;
}

/** Asks an API server who the caller is, and closes the connection. */
async function ask(server: Cluster): Promise<'accepts' | 'rejects' | 'unknown'> {
  try {
    await reviewIdentity(server);
    return 'accepts';
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    return isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED') ? 'rejects' : 'unknown';
  } finally {
    server.close();
  }
}
