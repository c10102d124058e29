import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCaFiles } from '../src/signing/ca-files';
import { keyAs, makeAuthority } from './pki/support/authorities';
import { codeBlock } from './support/code-block';

/** A secrets bundle as `talosctl gen secrets` writes it, with five CAs of the same form. */
async function secretsBundle() {
  const [etcd, k8s, aggregator, os] = await Promise.all(
    ['etcd', 'kubernetes', 'front-proxy', 'talos'].map(async (name) => {
      const { certificate, key } = await makeAuthority({ subject: [{ O: [name] }] });
      return { certificate, key: keyAs(key, 'sec1') };
    }),
  );
  const base64 = (text = '') => Buffer.from(text).toString('base64');
  const pair = (ca: typeof k8s) => `        crt: ${base64(ca?.certificate)}\n        key: ${base64(ca?.key)}\n`;
  const yaml = [
    'cluster:\n    id: aWQ=\n    secret: c2VjcmV0\n',
    'secrets:\n    bootstraptoken: abcdef.0123456789abcdef\n',
    'trustdinfo:\n    token: abcdef.0123456789abcdef\n',
    `certs:\n    etcd:\n${pair(etcd)}    k8s:\n${pair(k8s)}    k8saggregator:\n${pair(aggregator)}`,
    `    k8sserviceaccount:\n        key: ${base64(os?.key)}\n    os:\n${pair(os)}`,
  ].join('');
  return { k8s, yaml };
}

test.each(['    ', '  '])(
  'The commands for Talos in docs/offline-signing.md take the CA of Kubernetes out of the secrets bundle, whose indent is %j',
  async (indent) => {
    const folder = mkdtempSync(join(tmpdir(), 'eggtooth-talos-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { k8s, yaml } = await secretsBundle();
    writeFileSync(join(folder, 'secrets.yaml'), yaml.replaceAll('    ', indent));

    execFileSync('sh', ['-ec', codeBlock('docs/offline-signing.md', 'talos')], { cwd: folder });

    const files = { certificate: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
    expect(readCaFiles(files)).toEqual({ caCertificate: k8s?.certificate, caKey: k8s?.key });
    expect(statSync(files.key).mode & 0o777).toBe(0o600);
    expect(readFileSync(files.key, 'utf8')).toContain('BEGIN EC PRIVATE KEY');
  },
);
