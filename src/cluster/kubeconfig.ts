import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';
import { chooseLogin } from './kubeconfig-choice';
import { contentAt } from './kubeconfig-file';
import { agentOf, loginOf, usesPlugin } from './kubeconfig-login';
import type { KubeconfigOptions } from './kubeconfig-options';

/**
 * Connects to the cluster of a kubeconfig, as kubectl does: with its tokens, client certificates, exec plugins, impersonation
 * and proxies, or from a pod with its service account. An exec plugin runs at the first call. Credentials are read again when
 * they expire, or when the API server rejects them. Nothing that prints the cluster shows a token or a key.
 *
 * Not supported, and refused: a cluster with insecure-skip-tls-verify, a server without HTTPS, and refreshing the id-token of
 * the auth-provider oidc.
 *
 * @example
 * ```ts
 * const cluster = await clusterFromKubeconfig({ context: 'admin@bare' });
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` if there is no kubeconfig, or it cannot or must not be used
 */
export async function clusterFromKubeconfig(options: KubeconfigOptions = {}): Promise<Cluster> {
  const { timeout, requestTimeout = timeout ?? 10_000 } = options;
  const chosen = chooseLogin(options);
  const { server, namespace, context, cluster, user } = chosen;
  const login = loginOf(chosen, options);
  // An exec plugin runs at the first call, whose time limit it counts against.
  if (!usesPlugin(user)) await login.current();
  return new HttpsCluster({
    server,
    namespace,
    context,
    onNode: options.onNode,
    login,
    certificateAuthority: contentAt(cluster, 'certificate-authority'),
    timeout: requestTimeout,
    connectAs(certificate, limit) {
      return new HttpsCluster({ server, namespace, agent: agentOf(chosen, certificate), timeout: limit });
    },
  });
}
