import { writeFileSync } from 'node:fs';
import type { KeyPair } from './pki';

/** Writes a self-contained kubeconfig that only its owner can read. */
export function writeKubeconfig(file: string, server: string, ca: string, user: string, client: KeyPair): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'cluster',
    clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) },
      },
    ],
    contexts: [{ name: 'cluster', context: { cluster: 'cluster', user } }],
  };
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
