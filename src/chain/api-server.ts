import { EggtoothError, type Problem } from '../errors';
import { HOST_NAME } from '../kubernetes/names';
import { readPem } from '../kubernetes/pem';

/** What may be said of an API server beside its address. */
export interface ApiServerOptions {
  /**
   * CA certificates (PEM) that the API server's certificate is verified with at this very address. Travels in the
   * bundle as an annotation of each HelmRepository; a CA certificate is no secret.
   * @default - the kubeconfig's, if it names the same address; else the ConfigMap kube-root-ca.crt
   */
  readonly certificateAuthority?: string;
}

const URL_FORM = new RegExp(`^https://(\\[[0-9a-fA-F:.]+\\]|${HOST_NAME})(?::(0|[1-9]\\d*))?$`);

/**
 * Where Flux finds the API server: an address that is reachable from Flux's own pod and that stands in the API server's
 * certificate (Flux can override neither SNI nor the name that it verifies).
 *
 * @example
 * ```ts
 * ApiServer.fromUrl('https://localhost:7445'); // KubePrism of Talos
 * ```
 */
export class ApiServer {
  /**
   * @param url - `https://HOST[:PORT]`, nothing behind it; the port is 443 if not given
   * @throws EggtoothError `ERR_EGGTOOTH_URL` if the URL has another form, `ERR_EGGTOOTH_CA` if the CA is no PEM text
   */
  static fromUrl(url: string, options: ApiServerOptions = {}): ApiServer {
    const match = URL_FORM.exec(url);
    if (match === null) throw badUrl(url);
    return new ApiServer((match[1] ?? '').toLowerCase(), Number(match[2] ?? 443), options);
  }

  /** CA certificates (PEM) given for this address, if any. */
  readonly certificateAuthority?: string;

  private constructor(
    /** Host as it stands in a URL: an IPv6 address keeps its brackets. */
    readonly urlHost: string,
    /** TCP port. Value of `KUBERNETES_SERVICE_PORT` in a pod's environment. */
    readonly port: number,
    { certificateAuthority }: ApiServerOptions,
  ) {
    if (port < 1 || port > 65535) {
      throw new EggtoothError('ERR_EGGTOOTH_URL', `https://${urlHost}:${port} has no valid port`, {
        fix: 'write a port from 1 to 65535',
      });
    }
    if (!URL.canParse(this.url)) throw badUrl(this.url);
    if (certificateAuthority !== undefined) assertCertificates(certificateAuthority, this.url);
    this.certificateAuthority = certificateAuthority;
  }

  /** Value of `KUBERNETES_SERVICE_HOST` in a pod's environment: an IPv6 address without brackets. */
  get host(): string {
    return this.urlHost.replace(/^\[|\]$/g, '');
  }

  /** `https://HOST:PORT`, the port always spelled: one endpoint has one spelling. */
  get url(): string {
    return `https://${this.urlHost}:${this.port}`;
  }
}

function badUrl(url: string): EggtoothError {
  const { problem, fix } = diagnose(url);
  return new EggtoothError(
    'ERR_EGGTOOTH_URL',
    `the API server's URL ${JSON.stringify(withoutUserinfo(url))} ${problem}`,
    {
      fix,
    },
  );
}

function diagnose(url: string): Problem {
  const form = 'write https://HOST:PORT, as in https://example.org:6443';
  if (/^http:/i.test(url)) return { problem: 'is not https', fix: 'Flux sends a client certificate: write https://' };
  if (!url.startsWith('https://')) return { problem: 'does not begin with https://', fix: form };
  if (url.includes('@'))
    return { problem: 'has credentials in it', fix: 'leave them out: the certificate is who Flux is' };
  if (/^https:\/\/[^[/]*:[^/]*:/.test(url)) {
    return { problem: 'has an IPv6 address without brackets', fix: 'write https://[ADDRESS]:PORT' };
  }
  if (/\/$/.test(url)) return { problem: 'ends with a slash', fix: `leave it out: ${url.replace(/\/+$/, '')}` };
  if (/[/?#]/.test(url.slice('https://'.length))) {
    return {
      problem: 'has a path, a query or a fragment',
      fix: 'write https://HOST:PORT alone: the route makes the path',
    };
  }
  return { problem: 'has no valid host and port', fix: form };
}

/** A URL as it may be printed: a password in it stays out of errors and logs, be it badly encoded. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)?.*@/is, '$1***@');
}

function assertCertificates(pem: string, url: string): void {
  const blocks = readPem(pem);
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (other === undefined && blocks.some(({ text }) => text !== undefined)) return;
  const held =
    other === undefined ? 'no PEM block CERTIFICATE' : `a PEM block ${other.label}, and would lie open in the bundle`;
  throw new EggtoothError('ERR_EGGTOOTH_CA', `the CA given for ${url} holds ${held}`, {
    fix: 'pass the text of a CA file, as kube-root-ca.crt has it',
  });
}
