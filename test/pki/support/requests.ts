import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What may be bent of a request; left out, it is what the shell would make for `reader`, on P-256. */
export interface OpensslRequest {
  /** As openssl takes it, with slashes. */
  readonly subject?: string;
  /** Lines of the section of extensions. */
  readonly extensions?: readonly string[];
  /** Lines of the section of attributes. */
  readonly attributes?: readonly string[];
  /** Arguments of `openssl genpkey`. */
  readonly key?: readonly string[];
  /** As in `-sha1`. */
  readonly digest?: string;
  /** Further arguments of `openssl req`. */
  readonly flags?: readonly string[];
}

/** Kinds of key, as arguments of `openssl genpkey`. */
export const opensslKey = {
  ec: (curve: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`],
  rsa: (bits: number) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`],
} as const;

/** A key and a PKCS #10 request of openssl, both PEM. */
export function opensslRequest(options: OpensslRequest = {}): { readonly key: string; readonly request: string } {
  const { subject = '/CN=reader', extensions = [], attributes = [], digest, flags = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'eggtooth-openssl-'));
  const [key, config] = [join(folder, 'tls.key'), join(folder, 'openssl.cnf')];
  const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
  try {
    openssl('genpkey', ...(options.key ?? opensslKey.ec('P-256')), '-out', key);
    const sections = [
      ...(extensions.length > 0 ? ['req_extensions = extensions'] : []),
      ...(attributes.length > 0 ? ['attributes = attributes', 'prompt = no'] : []),
    ];
    const lines = ['[req]', 'distinguished_name = name', ...sections, '[extensions]', ...extensions];
    writeFileSync(config, [...lines, '[name]', 'CN = reader', '[attributes]', ...attributes, ''].join('\n'));
    // With -subj openssl leaves the attributes out.
    const name = attributes.length > 0 ? [] : ['-subj', subject];
    const args = ['-new', '-key', key, '-config', config, ...name, ...(digest ? [digest] : []), ...flags];
    return { request: openssl('req', ...args), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
