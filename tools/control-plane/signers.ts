import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePrograms } from './ensure-programs';
import type { Authority } from './pki';

/** A key pair of the real cosign. */
export interface CosignKey {
  /** PEM, the content of cosign.pub. */
  readonly publicKey: string;
  /**
   * Signs an artifact over plain HTTP. No transparency log gets the signature.
   * @param reference `HOST:PORT/REPOSITORY@DIGEST`
   * @param format `bundle` is the default of cosign 3, `legacy` that of cosign 2
   */
  sign(reference: string, format?: 'bundle' | 'legacy'): Promise<void>;
}

/** Creates a key pair in a folder. */
export async function createCosignKey(folder: string): Promise<CosignKey> {
  const { cosign } = await ensurePrograms(['cosign']);
  const prefix = join(mkdtempSync(join(folder, 'cosign-')), 'cosign');
  const env = { ...process.env, COSIGN_PASSWORD: '' };
  await promisify(execFile)(cosign, ['generate-key-pair', `--output-key-prefix=${prefix}`], { env });
  return {
    publicKey: readFileSync(`${prefix}.pub`, 'utf8'),
    async sign(reference, format = 'bundle') {
      const offline = ['--use-signing-config=false', '--tlog-upload=false', '--yes'];
      const plain = ['--allow-http-registry', `--new-bundle-format=${format === 'bundle'}`];
      await promisify(execFile)(cosign, ['sign', `--key=${prefix}.key`, ...offline, ...plain, reference], { env });
    },
  };
}

/**
 * Signs an artifact with the library of notation, over plain HTTP, with a new key that an authority certifies.
 * @param reference `HOST:PORT/REPOSITORY@DIGEST`
 */
export async function signWithNotation(reference: string, authority: Authority): Promise<void> {
  const { 'notation-sign': program } = await ensurePrograms(['notation-sign']);
  const folder = mkdtempSync(join(tmpdir(), 'notation-'));
  try {
    const { certificate, key } = await authority.signCodeSigner('signer');
    const [certificates, keyFile] = [join(folder, 'chain.crt'), join(folder, 'signer.key')];
    writeFileSync(certificates, `${certificate}\n${authority.certificate}\n`);
    writeFileSync(keyFile, key, { mode: 0o600 });
    await promisify(execFile)(program, ['-certificates', certificates, '-key', keyFile, '-reference', reference]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
