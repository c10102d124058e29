import type { Credential } from '../../chain/credentials';
import { reviewIdentity } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, isError } from '../../errors';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { connectAs, type EndpointCas, endpointUrls, ownServer } from './endpoints';

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
  const urls = endpointUrls(credential);
  const answers = await Promise.all(urls.map((url) => ask(url, cas(url), issued)));
  const rejecting = urls.find((_, index) => answers[index] === 'rejects');
  if (rejecting !== undefined || answers.some((answer) => answer === 'accepts')) return rejecting;
  const { url, ca } = ownServer(cluster);
  return (await ask(url, ca, issued)) === 'rejects' ? url : undefined;
}

async function ask(url: string, ca: readonly string[], issued: IssuedCertificate) {
  const server = connectAs(url, ca, issued, TIMEOUT);
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
