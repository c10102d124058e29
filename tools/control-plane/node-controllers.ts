import { join } from 'node:path';
import type { Cluster } from './cluster';
import { ensurePrograms } from './ensure-programs';
import { type Server, startServer } from './server';

/** Starts the scheduler and the node lifecycle controller, which only a real node needs. */
export async function startNodeControllers(cluster: Cluster, dir: string): Promise<Server[]> {
  const programs = await ensurePrograms(['kube-scheduler', 'kube-controller-manager']);
  const scheduler = startServer(
    programs['kube-scheduler'],
    flags(cluster, 10259, await cluster.kubeconfigFor({ user: 'system:kube-scheduler' })),
    dir,
  );
  const manager = startServer(
    programs['kube-controller-manager'],
    [
      ...flags(cluster, 10258, await cluster.kubeconfigFor({ user: 'system:kube-controller-manager' })),
      '--use-service-account-credentials=true',
      '--controllers=node-lifecycle-controller',
    ],
    dir,
  );
  return [scheduler, manager];
}

function flags({ address, dir }: Cluster, port: number, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--bind-address=${address}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${join(dir, 'serving.crt')}`,
    `--tls-private-key-file=${join(dir, 'serving.key')}`,
    '--leader-elect=false',
  ];
}
