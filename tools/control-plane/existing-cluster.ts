import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Cluster, kubectlOf, stopStack } from './cluster';
import { ensurePrograms } from './ensure-programs';
import { writeKubeconfig } from './kubeconfig';
import { createClientRequest, type Identity } from './pki';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: {
      readonly server: string;
      readonly 'certificate-authority-data'?: string;
    };
  }[];
}

type Kubectl = Cluster['kubectl'];

/**
 * Connects to a cluster that the user has, through the current context of a kubeconfig. `stop` removes local files
 * only.
 */
export async function useExistingCluster(kubeconfigPath: string): Promise<Cluster> {
  const kubeconfig = resolve(kubeconfigPath);
  const programs = await ensurePrograms(['kubectl']);
  const dir = mkdtempSync(join(tmpdir(), 'existing-cluster-'));
  const stops = stopStack();
  stops.onStop(async () => rmSync(dir, { recursive: true, force: true }));
  const { kubectl, apply } = kubectlOf(programs.kubectl, kubeconfig, join(dir, 'kubectl-cache'));
  try {
    const { url, ca } = await endpointOf(kubectl);
    return {
      address: new URL(url).hostname,
      url,
      ca,
      dir,
      kubeconfig,
      existing: true,
      async kubeconfigFor({ name, ...identity }) {
        const client = await requestCertificate(kubectl, identity);
        const file = join(dir, `${encodeURIComponent(name ?? identity.user)}.kubeconfig`);
        return writeKubeconfig(file, url, ca, identity.user, client);
      },
      kubectl,
      apply,
      ...stops,
    };
  } catch (error) {
    await stops.stop();
    throw error;
  }
}

async function endpointOf(kubectl: Kubectl): Promise<{ url: string; ca: string }> {
  const view = await kubectl(['config', 'view', '--minify', '--raw', '--flatten', '-o', 'json']);
  const cluster = (JSON.parse(view) as Kubeconfig).clusters[0]?.cluster;
  if (!cluster?.['certificate-authority-data']) {
    throw new Error('the current context of the kubeconfig has no certificate authority');
  }
  return { url: cluster.server, ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString() };
}

/** Gets a certificate from the signer of the cluster, and deletes the request afterwards. */
async function requestCertificate(kubectl: Kubectl, identity: Identity) {
  const { request, key } = await createClientRequest(identity);
  const object = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'control-plane-tools-' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      expirationSeconds: 24 * 60 * 60,
      usages: ['client auth', 'digital signature'],
    },
  };
  const name = await kubectl(['create', '-f', '-', '-o', 'jsonpath={.metadata.name}'], JSON.stringify(object));
  try {
    await kubectl(['certificate', 'approve', name]);
    await kubectl(['wait', `csr/${name}`, '--for=jsonpath={.status.certificate}', '--timeout=180s']);
    const certificate = await kubectl(['get', 'csr', name, '-o', 'jsonpath={.status.certificate}']);
    return { certificate: Buffer.from(certificate, 'base64').toString(), key };
  } finally {
    await kubectl(['delete', 'csr', name]);
  }
}
