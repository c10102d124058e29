import { isIP } from 'node:net';
import { connect, rootCertificates } from 'node:tls';
import { errorOfConnection } from '../../cluster/answers';
import { VERIFYING } from '../../cluster/https-cluster';

/** The CA certificates that an endpoint is verified with. */
export interface EndpointTrust {
  /** PEM, one each. Empty if the certificate of the endpoint is one that every system trusts. */
  readonly certificates: readonly string[];
  /** Whether the endpoint was reached, and each of them alone verifies its certificate. */
  readonly isVerified: boolean;
}

/** What {@link findTrust} searches. */
export interface TrustCandidates {
  /** URL of the endpoint. */
  readonly url: string;
  /** CA certificates, PEM, one each. */
  readonly candidates: readonly string[];
  /** Whether the bundle gives them for the endpoint, so that the system's CAs are no choice. */
  readonly isGiven: boolean;
  /**
   * Whether the URL leads to the endpoint from here.
   * @default true
   */
  readonly leadsHome?: boolean;
}

/** How long a handshake may take, in milliseconds. */
const TIMEOUT = 5000;

/**
 * Finds the CA certificates that verify an endpoint, each of them alone: any other would let its owner pose as the
 * endpoint. If the endpoint cannot be reached from here, those that verify the fallback are chosen, else all of them. If
 * none of them verifies it, they are returned as they are, and using them fails.
 *
 * @param fallback - URL of an API server of the same cluster that can be reached
 * @param systemCas - the CAs that every system trusts
 */
export async function findTrust(
  { url, candidates, isGiven, leadsHome = true }: TrustCandidates,
  fallback: string,
  systemCas: readonly string[] = rootCertificates,
): Promise<EndpointTrust> {
  const { trusted, isReached } = leadsHome ? await tryEach(url, candidates) : { trusted: [], isReached: false };
  if (trusted.length > 0) return { certificates: trusted, isVerified: true };
  if (!isReached) {
    if (candidates.length === 1) return { certificates: candidates, isVerified: false };
    const other = await tryEach(fallback, candidates);
    return { certificates: other.trusted.length > 0 ? other.trusted : candidates, isVerified: false };
  }
  if (!isGiven && (await handshake(url, systemCas)) === 'trusted') return { certificates: [], isVerified: true };
  return { certificates: candidates, isVerified: false };
}

async function tryEach(url: string, candidates: readonly string[]) {
  const outcomes = await Promise.all(candidates.map((ca) => handshake(url, [ca])));
  return {
    trusted: candidates.filter((_, index) => outcomes[index] === 'trusted'),
    isReached: outcomes.every((outcome) => outcome !== 'unreachable'),
  };
}

/** Connects to a server, and verifies its certificate with some CAs only. */
function handshake(url: string, ca: readonly string[]): Promise<'trusted' | 'untrusted' | 'unreachable'> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || 443), ca: [...ca], ...VERIFYING, ...serverName(host) });
    const end = (outcome: 'trusted' | 'untrusted' | 'unreachable') => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(TIMEOUT, () => end('unreachable'));
    socket.on('secureConnect', () => end('trusted'));
    socket.on('error', (error) => {
      const { code } = errorOfConnection({ purpose: 'connect', method: 'GET', path: '/' }, url, error);
      end(code === 'ERR_EGGTOOTH_UNREACHABLE' ? 'unreachable' : 'untrusted');
    });
  });
}

/** TLS has no server names for IP addresses (RFC 6066). */
function serverName(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}
