import type { Credential, ReadableRepository } from '../../chain/credentials';
import { ProxyRoute } from '../../chain/proxy-route';
import { reviewIdentity } from '../../cluster/access-review';
import type { Cluster } from '../../cluster/cluster';
import { EggtoothError, type ErrorCode, isError } from '../../errors';
import type { IssuedCertificate } from '../../pki/check-certificate';
import { type Check, runCheck } from './check';
import { clientCertificate, connectAs, connectOwn, type EndpointCas, endpointUrls, isSameServer } from './endpoints';
import { leadsHome } from './loopback';
import { verifyIndex } from './verify-index';
import { compareRights } from './verify-rights';

/** Errors for which a certificate must not be written. Any other error makes a check fail. */
const UNFIT: readonly ErrorCode[] = ['ERR_EGGTOOTH_CA', 'ERR_EGGTOOTH_CERTIFICATE'];

/** What {@link Verifier} uses. */
export interface VerifierProps {
  /** The cluster of the kubeconfig. Its server stands in for an endpoint that cannot be reached from here. */
  readonly cluster: Cluster;
  readonly credential: Credential;
  readonly issued: IssuedCertificate;
  readonly cas: EndpointCas;
  /** Time limit of one call, in milliseconds. */
  readonly timeout: number;
}

interface Endpoint {
  readonly url: string;
  readonly repositories: readonly ReadableRepository[];
  readonly direct: Cluster;
  /** Where the checks are made: at the endpoint, or at the server of the kubeconfig. */
  server: Cluster;
  /** Whether that server has identified the holder of the certificate: only then a 403 says what the user may not. */
  isIdentified: boolean;
}

/** Uses a certificate at every endpoint of its credential as Flux does: the same URL, the same CA. */
export class Verifier {
  private readonly endpoints: readonly Endpoint[];
  /** Whose certificate it is. */
  readonly credential: Credential;
  /** The server of the kubeconfig. */
  private readonly own: Cluster;

  constructor(private readonly props: VerifierProps) {
    const { cluster, credential, cas, issued, timeout } = props;
    this.credential = credential;
    this.own = connectOwn(cluster, clientCertificate(issued), timeout);
    this.endpoints = endpointUrls(credential).map((url) => {
      const direct = this.connect(url, cas(url));
      const repositories = credential.repositories.filter(({ target }) => target.endpoint.url === url);
      return { url, repositories, direct, server: direct, isIdentified: false };
    });
  }

  /** Makes all checks: {@link identity}, then {@link reading}. */
  async verify(options: { readonly lenient?: boolean } = {}): Promise<readonly Check[]> {
    const identity = await this.identity(options);
    return [...identity, ...(await this.reading())];
  }

  /**
   * Checks that every API server identifies the holder of this certificate as the user (SelfSubjectReview). For an
   * endpoint that cannot be reached from here, this and all other checks are made at the server of the kubeconfig.
   *
   * @param options.lenient - let a CA that did not sign the certificate of an endpoint be a failed check
   * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA did not sign the certificate of an endpoint,
   * `ERR_EGGTOOTH_CERTIFICATE` if an API server identifies nobody or somebody else: it must not be written then
   */
  async identity({ lenient = false }: { readonly lenient?: boolean } = {}): Promise<readonly Check[]> {
    const fatal = lenient ? UNFIT.filter((code) => code !== 'ERR_EGGTOOTH_CA') : UNFIT;
    return (await Promise.all(this.endpoints.map((endpoint) => this.identify(endpoint, fatal)))).flat();
  }

  /** Checks that every index and its charts can be read through their URLs, and that what is beyond the routes is forbidden. */
  async reading(): Promise<readonly Check[]> {
    const routes = this.credential.repositories.map(({ target }) => target.route.toString());
    const checks = this.endpoints.map((endpoint) =>
      Promise.all([
        ...endpoint.repositories.map((repository) => verifyIndex(endpoint.server, repository, routes)),
        ...verifyRefusals(endpoint),
      ]),
    );
    return [...(await Promise.all(checks)).flat(), ...(await this.rights())];
  }

  /** Checks that the user has no rights beyond its routes and those of every authenticated user. */
  rights(): Promise<readonly Check[]> {
    const { cluster, credential } = this.props;
    return Promise.all(
      this.endpoints.map(({ url, server }) =>
        runCheck({ check: 'rights', endpoint: url }, () => compareRights(cluster, server, credential)),
      ),
    );
  }

  /** The connection to one of the endpoints. */
  as(url: string): Cluster {
    return this.endpoints.find((endpoint) => endpoint.url === url)?.server ?? this.connect(url, []);
  }

  /** Closes the connections. */
  close(): void {
    for (const { direct } of this.endpoints) direct.close();
    this.own.close();
  }

  private connect(url: string, ca: readonly string[]): Cluster {
    return connectAs(url, ca, this.props.issued, this.props.timeout);
  }

  private async identify(endpoint: Endpoint, fatal: readonly ErrorCode[]): Promise<readonly Check[]> {
    const { url, direct } = endpoint;
    const subject = { check: 'identity', endpoint: url } as const;
    let unreachable: EggtoothError | undefined;
    const look = async () => {
      try {
        if (!leadsHome(this.props.cluster, url)) throw onLoopback(url);
        return await this.review(direct);
      } catch (error) {
        if (isError(error, 'ERR_EGGTOOTH_UNREACHABLE')) unreachable = error;
        throw error;
      }
    };
    const check = await runCheck(subject, look, fatal);
    Object.assign(endpoint, { server: direct, isIdentified: check.ok });
    const { own } = this;
    if (unreachable === undefined || isSameServer(own.server, url)) return [check];
    const instead = await runCheck({ check: 'identity', endpoint: own.server }, () => this.review(own));
    if (!instead.ok) return [check, instead];
    Object.assign(endpoint, { server: own, isIdentified: true });
    const detail = `${unreachable.problem}; checked at ${own.server} instead, and the status of the HelmRepositories tells whether Flux reads here`;
    return [{ ...subject, ok: true, skipped: true, detail }, instead];
  }

  private async review(server: Cluster): Promise<{ readonly ok: true; readonly detail: string }> {
    const [user, id] = [this.credential.user, `X509SHA256=${this.props.issued.certificate.fingerprint}`];
    const { name, groups, credentialIds } = await reviewIdentity(server).catch((error: unknown) => {
      throw isError(error, 'ERR_EGGTOOTH_UNAUTHORIZED') ? this.misidentified(server, 'nobody', error) : error;
    });
    const seen = [name, ...groups, ...credentialIds].join(', ');
    const isOther = name !== user || (credentialIds.length > 0 && !credentialIds.includes(id));
    if (isOther) throw this.misidentified(server, seen);
    return { ok: true, detail: seen };
  }

  private misidentified({ server }: Cluster, seen: string, cause?: unknown): EggtoothError {
    const { user } = this.credential;
    const problem = `the API server ${server} identifies the holder of the certificate of ${user} as ${seen}`;
    return new EggtoothError('ERR_EGGTOOTH_CERTIFICATE', problem, {
      fix: 'check that this is the address of the cluster that signed it, with no proxy that ends TLS in between',
      cause,
    });
  }
}

function onLoopback(url: string): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_UNREACHABLE',
    `${url} is the loopback of the nodes, and is not used from here`,
    {
      fix: 'run on a node, with --on-node',
    },
  );
}

function verifyRefusals({ server, repositories: [repository], isIdentified }: Endpoint): Promise<Check>[] {
  if (repository === undefined) return [];
  const { namespace, name } = repository.target.route;
  const other = ProxyRoute.pod({ namespace, name: `not-${name}` });
  return [
    verifyRefused(server, isIdentified, 'secrets', '/api/v1/secrets'),
    verifyRefused(server, isIdentified, 'other-pods', other.path('/index.yaml')),
  ];
}

function verifyRefused(
  server: Cluster,
  isIdentified: boolean,
  what: 'secrets' | 'other-pods',
  path: string,
): Promise<Check> {
  const look = async () => {
    try {
      await server.call({ purpose: `try ${path}`, method: 'GET', path });
    } catch (error) {
      if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
      return isIdentified
        ? { ok: true, detail: '403' }
        : { ok: false, detail: '403, which says nothing: the API server has not identified the user' };
    }
    return { ok: false, detail: `${path} can be read: the user has rights beyond its routes` };
  };
  return runCheck({ check: 'refused', endpoint: server.server, what }, look);
}
