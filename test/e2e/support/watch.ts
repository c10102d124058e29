import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { Cluster } from '../../../tools/control-plane';

/** Every version of some objects that the API server has stored during the watch, in order. */
export interface Watch<Item> {
  readonly versions: readonly Item[];
  stop(): void;
}

/** Watches a collection as the cluster's administrator. */
export async function watch<Item>(cluster: Cluster, path: string): Promise<Watch<Item>> {
  const [{ user }] = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')).users;
  const decode = (field: string) => Buffer.from(user[field], 'base64');
  const options = { cert: decode('client-certificate-data'), key: decode('client-key-data'), ca: cluster.ca };
  const versions: Item[] = [];
  const request = https.get(`${cluster.url}${path}?watch=true`, { ...options, agent: false });
  await new Promise<void>((resolve, reject) => {
    request.on('error', reject).on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) versions.push(JSON.parse(line).object);
      });
      answer.on('error', () => {});
      resolve();
    });
  });
  return { versions, stop: () => request.on('error', () => {}).destroy() };
}
