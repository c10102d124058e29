import type { Credential } from '../../chain/credentials';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError } from '../../errors';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { type EndpointCas, endpointUrls } from './endpoints';
import { Verifier } from './verifier';
import { compareRights } from './verify-rights';

/** How long a call may take, in milliseconds. */
const TIMEOUT = 5000;

/** What a reader may do beyond what its chain is meant to give. */
export interface RightsDrift {
  readonly problems: readonly string[];
  /** Why its rights are unknown. */
  readonly warnings: readonly string[];
}

/** Compares the rights of the holder of a certificate with its routes, at each endpoint. */
export async function rightsDrift(
  cluster: Cluster,
  credential: Credential,
  issued: IssuedCertificate,
  cas: EndpointCas,
): Promise<RightsDrift> {
  const { user } = credential;
  const verifier = new Verifier({ cluster, credential, issued, cas, timeout: TIMEOUT });
  try {
    await verifier.identity({ lenient: true });
    const outcomes = await Promise.all(
      endpointUrls(credential).map((url) => compareRights(cluster, verifier.as(url), credential)),
    );
    const problems = outcomes.flatMap(({ ok, detail }) => (ok ? [] : [`${user} ${detail}`]));
    return { problems: [...new Set(problems)], warnings: [] };
  } catch (error) {
    if (!(error instanceof EggtoothError)) throw error;
    return { problems: [], warnings: [`the rights of ${user} are unknown: ${error.problem}`] };
  } finally {
    verifier.close();
  }
}
