import { rootCertificates } from 'node:tls';
import type { Credential, CredentialSecret, ReadableRepository } from '../../chain/credentials';
import { ProxyRoute } from '../../chain/proxy-route';
import { reviewIdentity } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { clusterAs } from '../../cluster/https-cluster';
import { EggtoothError, type ErrorCode, isError } from '../../errors';
import { fieldAt } from '../../kubernetes/fields';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { type Check, nameOf, runCheck } from './check';

/** Errors for which a certificate must not be written. Any other error makes a check fail. */
const UNFIT: readonly ErrorCode[] = ['ERR_EGGTOOTH_CA', 'ERR_EGGTOOTH_CERTIFICATE'];

interface Endpoint {
  readonly url: string;
  /** The CA certificates that the Secrets hold for it. */
  readonly ca: string;
  readonly repositories: readonly ReadableRepository[];
  server: Cluster;
}

/** Uses a certificate at every endpoint of its credential as Flux does: the same URL, the same CA. */
export class Verifier {
  private readonly endpoints: readonly Endpoint[];

  /** @param timeout - of one call, in milliseconds */
  constructor(
    private readonly credential: Credential,
    private readonly issued: IssuedCertificate,
    caOf: (secret: CredentialSecret) => string,
    private readonly timeout: number,
  ) {
    const cas = new Map(credential.secrets.flatMap((one) => one.endpoints.map(({ url }) => [url, caOf(one)] as const)));
    this.endpoints = Array.from(cas, ([url, ca]) => ({
      url,
      ca,
      repositories: credential.repositories.filter(({ target }) => target.endpoint.url === url),
      server: this.connect(url, [ca]),
    }));
  }

  /**
   * Checks that every API server identifies the holder of this certificate as the user (SelfSubjectReview).
   * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA did not sign the certificate of an endpoint,
   * `ERR_EGGTOOTH_CERTIFICATE` if an API server identifies nobody or somebody else: it must not be written then
   */
  identity(): Promise<readonly Check[]> {
    return Promise.all(this.endpoints.map((endpoint) => this.trust(endpoint, ({ server }) => this.review(server))));
  }

  /** Checks that every index can be read through its URL, and that what is beyond the routes is forbidden. */
  async reading(): Promise<readonly Check[]> {
    const checks = this.endpoints.map(({ server, repositories }) =>
      Promise.all([...repositories.map((one) => verifyIndex(server, one)), ...verifyRefusals(server, repositories)]),
    );
    return (await Promise.all(checks)).flat();
  }

  /** The connection to one of the endpoints. */
  as(url: string): Cluster {
    return this.endpoints.find((endpoint) => endpoint.url === url)?.server ?? this.connect(url, [...rootCertificates]);
  }

  /** Closes the connections. */
  close(): void {
    for (const { server } of this.endpoints) server.close();
  }

  /** Trusts the CA of the Secrets only; if that does not fit, also the system's CAs, as Flux always does. */
  private async trust<Result>(endpoint: Endpoint, run: (endpoint: Endpoint) => Promise<Result>): Promise<Result> {
    try {
      return await run(endpoint);
    } catch (error) {
      if (!isError(error, 'ERR_EGGTOOTH_CA')) throw error;
      endpoint.server.close();
      endpoint.server = this.connect(endpoint.url, [...rootCertificates, endpoint.ca]);
      return await run(endpoint);
    }
  }

  private connect(server: string, ca: string[]): Cluster {
    const { certificate, privateKey } = this.issued;
    return clusterAs(server, { cert: certificate.pem, key: privateKey.revealPem(), ca }, this.timeout);
  }

  private review(server: Cluster): Promise<Check> {
    const [user, id] = [this.credential.user, `X509SHA256=${this.issued.certificate.fingerprint}`];
    const look = async () => {
      const { name, groups, credentialIds } = await reviewIdentity(server).catch((error: unknown) => {
        throw isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED') ? this.misidentified(server, 'nobody', error) : error;
      });
      const seen = [name, ...groups, ...credentialIds].join(', ');
      const isOther = name !== user || (credentialIds.length > 0 && !credentialIds.includes(id));
      if (isOther) throw this.misidentified(server, seen);
      return { ok: true, detail: seen };
    };
    return runCheck({ check: 'identity', endpoint: server.server }, look, UNFIT);
  }

  private misidentified({ server }: Cluster, seen: string, cause?: unknown): EggtoothError {
    const problem = `the API server ${server} identifies the holder of the certificate of ${this.credential.user} as ${seen}`;
    return new EggtoothError('ERR_EGGTOOTH_CERTIFICATE', problem, {
      fix: 'check that this is the address of the cluster that signed it; if the CA of the cluster has changed, delete the Secret',
      cause,
    });
  }
}

function verifyRefusals(server: Cluster, [repository]: readonly ReadableRepository[]): Promise<Check>[] {
  if (repository === undefined) return [];
  const { namespace, name } = repository.target.route;
  const other = ProxyRoute.pod({ namespace, name: `not-${name}` });
  return [
    verifyRefused(server, 'secrets', '/api/v1/secrets'),
    verifyRefused(server, 'other-pods', other.path('/index.yaml')),
  ];
}

function verifyIndex(server: Cluster, { object, target }: ReadableRepository): Promise<Check> {
  const look = async () => {
    const path = target.route.path(`${target.path}/index.yaml`);
    const purpose = `read the index of ${printReference(referenceTo(object))}`;
    const index = await server.call({ purpose, method: 'GET', path });
    const ok = typeof index === 'string' ? /^entries:/m.test(index) : fieldAt(index, 'entries') !== undefined;
    return { ok, detail: ok ? `${server.server}${path}` : 'the answer is not the index of a chart repository' };
  };
  return runCheck({ check: 'index', repository: nameOf(object) }, look, UNFIT);
}

function verifyRefused(server: Cluster, what: 'secrets' | 'other-pods', path: string): Promise<Check> {
  const look = async () => {
    try {
      await server.call({ purpose: `try ${path}`, method: 'GET', path });
    } catch (error) {
      if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return { ok: true, detail: '403' };
      throw error;
    }
    return { ok: false, detail: `${path} can be read: the user has rights beyond its routes` };
  };
  return runCheck({ check: 'refused', endpoint: server.server, what }, look, UNFIT);
}
