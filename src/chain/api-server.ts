import { EggtoothError, type Problem } from '../errors';
import { HOST_NAME, isPort } from '../kubernetes/names';
import { readPem } from '../kubernetes/pem';
import { KUBE_PRISM } from './node-ports';

/** Options for {@link ApiServer.fromUrl}, {@link ApiServer.talos}, {@link ApiServer.k3s} and {@link ApiServer.rke2}. */
export interface ApiServerOptions {
  /**
   * CA certificates (PEM) that verify the API server's certificate at this address. The bundle carries them in an
   * annotation of each HelmRepository; CA certificates are not secret.
   * @default - the CA of the kubeconfig if it has the same address, else that of the ConfigMap kube-root-ca.crt
   */
  readonly certificateAuthority?: string;
}

const URL_FORM = new RegExp(`^https://(\\[[0-9a-fA-F:.]+\\]|${HOST_NAME})(?::(0|[1-9]\\d*))?$`);

/**
 * The address at which Flux reads from the API server. It must be reachable from Flux's pod, and the API server's
 * certificate must name its host: Flux can override neither SNI nor the name that it verifies.
 *
 * @example
 * ```ts
 * const apiServer = ApiServer.fromUrl('https://example.org:6443');
 * const onEachNodeOfTalos = ApiServer.talos(); // https://localhost:7445
 * ```
 */
export class ApiServer {
  /**
   * Reads the URL of an API server.
   * @param url - `https://HOST[:PORT]` without a path; the default port is 443
   * @throws EggtoothError `ERR_EGGTOOTH_URL` if the URL has another form, `ERR_EGGTOOTH_CA` if the CA is not a PEM text
   */
  static fromUrl(url: string, options: ApiServerOptions = {}): ApiServer {
    // A user of JavaScript may pass a variable of the environment that is not set.
    if (typeof url !== 'string') throw noUrl(url);
    const match = URL_FORM.exec(url);
    if (match === null) throw badUrl(url);
    return new ApiServer((match[1] ?? '').toLowerCase(), Number(match[2] ?? 443), options);
  }

  /**
   * KubePrism, `https://localhost:7445` on every node of Talos. It is on by default since Talos 1.6, and the certificate
   * of the API server contains `localhost`. For another port in `machine.features.kubePrism.port`, use
   * {@link ApiServer.fromUrl}.
   * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA is not a PEM text
   * @see https://docs.siderolabs.com/kubernetes-guides/advanced-guides/kubeprism
   */
  static talos(options: ApiServerOptions = {}): ApiServer {
    return ApiServer.fromUrl(`https://localhost:${KUBE_PRISM}`, options);
  }

  /**
   * `https://localhost:6444` on every node of k3s: the API server itself on a server, the client load balancer on an
   * agent. The certificates of both contain `localhost`. For other ports in `--https-listen-port` (the API server has
   * the next one) and `--lb-server-port`, use {@link ApiServer.fromUrl}.
   * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA is not a PEM text
   * @see https://docs.k3s.io/cli/agent
   */
  static k3s(options: ApiServerOptions = {}): ApiServer {
    return ApiServer.fromUrl('https://localhost:6444', options);
  }

  /**
   * `https://localhost:6443` on every node of RKE2: the API server itself on a server, the client load balancer on an
   * agent, whose port is one below `--lb-server-port`. The certificate contains `localhost`.
   * @throws EggtoothError `ERR_EGGTOOTH_CA` if the CA is not a PEM text
   * @see https://docs.rke2.io/networking/basic_network_options
   */
  static rke2(options: ApiServerOptions = {}): ApiServer {
    return ApiServer.fromUrl('https://localhost:6443', options);
  }

  /** CA certificates (PEM) that were passed for this address. */
  readonly certificateAuthority?: string;

  /** Host as in a URL: an IPv6 address has brackets, and its canonical form (RFC 5952). */
  readonly urlHost: string;

  private constructor(
    host: string,
    /** TCP port. The value of `KUBERNETES_SERVICE_PORT` in a pod's environment. */
    readonly port: number,
    { certificateAuthority }: ApiServerOptions,
  ) {
    if (!isPort(port)) {
      throw new EggtoothError('ERR_EGGTOOTH_URL', `https://${host}:${port} has no valid port`, {
        fix: 'write a port from 1 to 65535',
      });
    }
    const url = `https://${host}:${port}`;
    if (!URL.canParse(url)) throw badUrl(url);
    const { hostname } = new URL(url);
    if (!host.startsWith('[') && hostname !== host) throw ambiguous(url, hostname);
    // One address has one spelling, or it would count as several endpoints.
    this.urlHost = host.startsWith('[') ? canonical(new URL(url).hostname) : host;
    if (certificateAuthority !== undefined) assertCertificates(certificateAuthority, this.url);
    this.certificateAuthority = certificateAuthority;
  }

  /** The value of `KUBERNETES_SERVICE_HOST` in a pod's environment: an IPv6 address has no brackets. */
  get host(): string {
    return this.urlHost.replace(/^\[|\]$/g, '');
  }

  /** `https://HOST:PORT`, always with the port, so that every endpoint has one URL. */
  get url(): string {
    return `https://${this.urlHost}:${this.port}`;
  }
}

/** An IPv6 address with its IPv4 part in dots, as RFC 5952 and Go write it, and URL does not. */
function canonical(address: string): string {
  return address.replace(/^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/, (_, ...words: string[]) => {
    const bytes = words
      .slice(0, 2)
      .flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]);
    return `[::ffff:${bytes.join('.')}]`;
  });
}

function noUrl(given: unknown): EggtoothError {
  const found = given === undefined || given === null ? String(given) : `a value of the type ${typeof given}`;
  return new EggtoothError('ERR_EGGTOOTH_URL', `expected the API server's URL, found ${found}`, {
    fix: 'pass a string, as in https://example.org:6443',
  });
}

/** Such as 010.0.0.1 and 127.1: some programs read them as an address, in one of several ways, and Go does not. */
function ambiguous(url: string, address: string): EggtoothError {
  return new EggtoothError(
    'ERR_EGGTOOTH_URL',
    `the API server's URL ${JSON.stringify(url)} has no valid IPv4 address`,
    {
      fix: `write four decimal numbers without leading zeros. Some programs would read ${address}, but Flux does not`,
    },
  );
}

function badUrl(url: string): EggtoothError {
  const { problem, fix } = diagnose(url);
  const shown = JSON.stringify(withoutUserinfo(url));
  return new EggtoothError('ERR_EGGTOOTH_URL', `the API server's URL ${shown} ${problem}`, { fix });
}

function diagnose(url: string): Problem {
  const form = 'write https://HOST:PORT, as in https://example.org:6443';
  if (/^http:/i.test(url))
    return { problem: 'is not https', fix: 'write https://: Flux authenticates with a client certificate' };
  if (!url.startsWith('https://')) return { problem: 'does not start with https://', fix: form };
  if (url.includes('@')) {
    return { problem: 'contains credentials', fix: 'remove them: Flux authenticates with a client certificate' };
  }
  if (/^https:\/\/[^[/]*:[^/]*:/.test(url)) {
    return { problem: 'has an IPv6 address without brackets', fix: 'write https://[ADDRESS]:PORT' };
  }
  if (/\/$/.test(url)) return { problem: 'ends with a slash', fix: `remove it: ${url.replace(/\/+$/, '')}` };
  if (/[/?#]/.test(url.slice('https://'.length))) {
    return {
      problem: 'has a path, a query or a fragment',
      fix: 'write https://HOST:PORT only: the route provides the path',
    };
  }
  return { problem: 'has no valid host and port', fix: form };
}

/** A URL that may be printed: without its password, even if that is badly encoded. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)?.*@/is, '$1***@');
}

function assertCertificates(pem: string, url: string): void {
  const blocks = typeof pem === 'string' ? readPem(pem) : [];
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (other === undefined && blocks.some(({ text }) => text !== undefined)) return;
  const found = other === undefined ? 'no PEM block CERTIFICATE' : `a PEM block ${other.label}`;
  throw new EggtoothError('ERR_EGGTOOTH_CA', `expected CA certificates (PEM) for ${url}, found ${found}`, {
    fix: 'pass the text of a CA file, as in the ConfigMap kube-root-ca.crt; the bundle shows it to everybody',
  });
}
