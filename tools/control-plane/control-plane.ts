import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claim } from './claim';
import { type Cluster, kubectlOf, stopStack } from './cluster';
import { ensurePrograms } from './ensure-programs';
import { forwardTcp } from './forward';
import { writeKubeconfig } from './kubeconfig';
import { type Authority, createAuthority, createTokenKeys } from './pki';
import { startServer } from './server';

export interface ControlPlane extends Cluster {
  readonly secondUrl: string;
  /** Kills the API server, starts it again with the same etcd, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /**
   * Replaces the CA of client certificates: the API server accepts only those of the new one, with which the signers sign
   * from now on. The kubeconfig of the administrator is written again. The CA of the API server's certificate stays.
   */
  replaceClientCa(): Promise<void>;
}

const serviceAddress = '10.96.0.1';

/**
 * Starts a real etcd, kube-apiserver and kube-controller-manager on a new address, 10.200.K.10, and waits until the
 * controllers work. A sandbox can contain many clusters.
 */
export async function startControlPlane(): Promise<ControlPlane> {
  const sandbox = process.env.EGGTOOTH_SANDBOX;
  if (!sandbox) {
    throw new Error(
      'clusters run in a sandbox: start this with `$(node --import tsx tools/control-plane/build.ts sandbox) COMMAND`',
    );
  }
  const programs = await ensurePrograms(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  const { number, dir } = claim(sandbox, 'cluster', 1, 250);
  const address = `10.200.${number}.10`;
  const secondAddress = `10.200.${number}.11`;
  const url = `https://${address}:6443`;
  const stops = stopStack();
  stops.onStop(async () => rmSync(dir, { recursive: true, force: true }));

  const authority = await createAuthority('control-plane');
  let clientAuthority = authority;
  const files = await writeKeys(dir, authority, [address, secondAddress, serviceAddress, '127.0.0.1']);
  const kubeconfigFor: Cluster['kubeconfigFor'] = async ({ name, ...identity }) => {
    const file = join(dir, `${encodeURIComponent(name ?? identity.user)}.kubeconfig`);
    return writeKubeconfig(file, url, authority.certificate, identity.user, await clientAuthority.signClient(identity));
  };
  const writeKubeconfigs = () =>
    Promise.all([
      kubeconfigFor({ user: 'admin', groups: ['system:masters'] }),
      kubeconfigFor({ user: 'system:kube-controller-manager' }),
    ]);
  const [kubeconfig, managerKubeconfig] = await writeKubeconfigs();
  const { kubectl, apply } = kubectlOf(programs.kubectl, kubeconfig, join(dir, 'kubectl-cache'));
  const start = async (program: string, flags: string[], healthUrl: string) => {
    const server = startServer(program, flags, dir);
    stops.onStop(server.stop);
    const untilReady = () => server.untilOk(healthUrl, authority.certificate);
    await untilReady();
    return { restart: () => server.restart().then(untilReady) };
  };

  try {
    await start(programs.etcd, etcdFlags(address, dir), `http://${address}:2379/health`);
    const apiServer = await start(programs['kube-apiserver'], apiServerFlags(address, files), `${url}/readyz`);
    const managerFlags = controllerManagerFlags(address, managerKubeconfig, files);
    const manager = await start(programs['kube-controller-manager'], managerFlags, `https://${address}:10257/healthz`);
    await kubectl(['wait', '--for=create', 'serviceaccount/default', '--timeout=180s']);
    stops.onStop(await forwardTcp(6443, secondAddress, address));
    return {
      address,
      url,
      secondUrl: `https://${secondAddress}:6443`,
      ca: authority.certificate,
      dir,
      kubeconfig,
      existing: false,
      restartApiServer: apiServer.restart,
      async replaceClientCa() {
        clientAuthority = await createAuthority('control-plane-clients');
        writeClientCa(files, clientAuthority);
        await writeKubeconfigs();
        await apiServer.restart();
        await manager.restart();
      },
      kubeconfigFor,
      kubectl,
      apply,
      ...stops,
    };
  } catch (error) {
    await stops.stop();
    throw error;
  }
}

type KeyFiles = Awaited<ReturnType<typeof writeKeys>>;

async function writeKeys(dir: string, authority: Authority, addresses: string[]) {
  const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const names = ['localhost', ...serviceNames, 'kubernetes.default.svc.cluster.local'];
  const serving = await authority.signServer('kube-apiserver', names, addresses);
  const tokens = await createTokenKeys();
  const write = (name: string, content: string) => {
    const file = join(dir, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  return {
    ca: write('ca.crt', authority.certificate),
    clientCa: write('client-ca.crt', authority.certificate),
    clientCaKey: write('client-ca.key', authority.key),
    serving: write('serving.crt', serving.certificate),
    servingKey: write('serving.key', serving.key),
    tokenPublicKey: write('service-account.pub', tokens.publicKey),
    tokenKey: write('service-account.key', tokens.privateKey),
  };
}

function writeClientCa({ clientCa, clientCaKey }: KeyFiles, { certificate, key }: Authority): void {
  writeFileSync(clientCa, certificate);
  writeFileSync(clientCaKey, key);
}

function etcdFlags(address: string, dir: string): string[] {
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=http://${address}:2379`,
    `--advertise-client-urls=http://${address}:2379`,
    `--listen-peer-urls=http://${address}:2380`,
    `--initial-advertise-peer-urls=http://${address}:2380`,
    `--initial-cluster=default=http://${address}:2380`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerFlags(address: string, files: KeyFiles): string[] {
  return [
    `--etcd-servers=http://${address}:2379`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    '--secure-port=6443',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--client-ca-file=${files.clientCa}`,
    `--tls-cert-file=${files.serving}`,
    `--tls-private-key-file=${files.servingKey}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.tokenPublicKey}`,
    `--service-account-signing-key-file=${files.tokenKey}`,
  ];
}

function controllerManagerFlags(address: string, kubeconfig: string, files: KeyFiles): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${address}`,
    '--secure-port=10257',
    `--tls-cert-file=${files.serving}`,
    `--tls-private-key-file=${files.servingKey}`,
    `--root-ca-file=${files.ca}`,
    `--cluster-signing-cert-file=${files.clientCa}`,
    `--cluster-signing-key-file=${files.clientCaKey}`,
    `--service-account-private-key-file=${files.tokenKey}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    // It creates a service account for each controller when it starts; with the default limit that takes 5 s.
    '--kube-api-qps=1000',
    '--kube-api-burst=1000',
    // Nodes without a kubelet send no heartbeats, so this controller would remove their pods from all Services.
    '--controllers=*,-node-lifecycle-controller',
  ];
}
