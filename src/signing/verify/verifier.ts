import { rootCertificates } from 'node:tls';
import type { Credential, CredentialSecret, ReadableRepository } from '../../chain/credentials';
import { ProxyRoute } from '../../chain/proxy-route';
import { reviewIdentity } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { clusterAs } from '../../cluster/https-cluster';
import { EggtoothError, isError } from '../../errors';
import { fieldAt } from '../../kubernetes/fields';
import { printReference, referenceTo } from '../../kubernetes/kube-object';
import type { IssuedCertificate } from '../../pki/issued';

/** One thing that was tried with the certificate. */
export interface Check {
  /** `identity at URL`, `index NAMESPACE/NAME`, `refused: secrets`, `refused: other pods`. */
  readonly check: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly detail: string;
}

/** Errors that forbid to write the Secret; all others leave a check that is not ok. */
const UNFIT = ['ERR_EGGTOOTH_CA', 'ERR_EGGTOOTH_CERTIFICATE'];

interface Endpoint {
  readonly url: string;
  /** The CA bundle that the Secrets have for it. */
  readonly ca: string;
  readonly repositories: readonly ReadableRepository[];
  server: Cluster;
}

/** Tries what a certificate can do, at every endpoint of its credential and as Flux would: same URL, same CA. */
export class Verifier {
  private readonly endpoints: readonly Endpoint[];

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
   * Shows that the API server takes this very certificate for the user: SelfSubjectReview names both.
   * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA does not fit the endpoint, `ERR_EGGTOOTH_CERTIFICATE` if the API
   * server there takes the certificate for nobody or for somebody else: such a Secret must not be written
   */
  identity(): Promise<readonly Check[]> {
    return Promise.all(this.endpoints.map((endpoint) => this.trust(endpoint, ({ server }) => this.review(server))));
  }

  /** Reads every repository's index through its URL, and shows that nothing beyond it is open. */
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

  /** The endpoint's own CA first; if that does not do, the system's beside it, as Flux has them always. */
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
    return attempt(`identity at ${server.server}`, async () => {
      const { name, groups, credentialIds } = await reviewIdentity(server).catch((error: unknown) => {
        throw isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED') ? this.notTaken(server, 'nobody', error) : error;
      });
      const seen = [name, ...groups, ...credentialIds].join(', ');
      if (name !== user || (credentialIds.length > 0 && !credentialIds.includes(id))) throw this.notTaken(server, seen);
      return { ok: true, detail: seen };
    });
  }

  private notTaken({ server }: Cluster, seen: string, cause?: unknown): EggtoothError {
    const problem = `the API server ${server} takes the certificate of ${this.credential.user} for ${seen}`;
    return new EggtoothError('ERR_EGGTOOTH_CERTIFICATE', problem, {
      fix: 'check that this address is the one of the cluster that signed it; a Secret from before its CA changed must be deleted',
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
    verifyRefused(server, 'other pods', other.path('/index.yaml')),
  ];
}

async function verifyIndex(endpoint: Cluster, { object, target }: ReadableRepository): Promise<Check> {
  const { namespace, name } = object.metadata;
  return attempt(`index ${namespace}/${name}`, async () => {
    const path = target.route.path(`${target.path}/index.yaml`);
    const index = await endpoint.call({
      purpose: `read the index of ${printReference(referenceTo(object))}`,
      method: 'GET',
      path,
    });
    const ok = typeof index === 'string' ? /^entries:/m.test(index) : fieldAt(index, 'entries') !== undefined;
    return { ok, detail: ok ? `${endpoint.server}${path}` : 'the answer is no index of a chart repository' };
  });
}

async function verifyRefused(endpoint: Cluster, what: string, path: string): Promise<Check> {
  return attempt(`refused: ${what}`, async () => {
    try {
      await endpoint.call({ purpose: `try ${path}`, method: 'GET', path });
    } catch (error) {
      if (isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) return { ok: true, detail: '403' };
      throw error;
    }
    return { ok: false, detail: `${path} can be read: the user has rights beyond the route` };
  });
}

async function attempt(check: string, run: () => Promise<Omit<Check, 'check'>>): Promise<Check> {
  try {
    return { check, ...(await run()) };
  } catch (error) {
    if (!(error instanceof EggtoothError) || UNFIT.some((code) => error.code === code)) throw error;
    return { check, ok: false, detail: error.problem };
  }
}
