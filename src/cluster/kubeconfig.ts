import type { Cluster } from './cluster';
import { HttpsCluster } from './https-cluster';
import type { Impersonation } from './impersonation';
import { chooseLogin, type KubeconfigChoice } from './kubeconfig-choice';
import { contentAt } from './kubeconfig-file';
import { agentOf, loginOf, usesPlugin } from './kubeconfig-login';

/** Options for {@link clusterFromKubeconfig}. The defaults are those of kubectl. */
export interface KubeconfigOptions extends KubeconfigChoice {
  /**
   * Whom to impersonate.
   * @default - nobody, or whom the user of the kubeconfig impersonates
   */
  readonly impersonate?: Impersonation;
  /**
   * Time limit of one call, in milliseconds, and of an exec plugin that runs for it.
   * @default - 10000, and 60000 for an exec plugin, which may ask for a password
   */
  readonly timeout?: number;
  /**
   * Time limit of one call, in milliseconds, without an exec plugin that runs for it. `Infinity` is none.
   * @default timeout
   */
  readonly requestTimeout?: number;
}

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
  const { server, namespace, cluster, user } = chosen;
  const login = loginOf(chosen, options);
  // An exec plugin runs at the first call, whose time limit it counts against.
  if (!usesPlugin(user)) await login.current();
  return new HttpsCluster({
    server,
    namespace,
    login,
    certificateAuthority: contentAt(cluster, 'certificate-authority'),
    timeout: requestTimeout,
    connectAs(certificate, limit) {
      return new HttpsCluster({ server, namespace, agent: agentOf(chosen, certificate), timeout: limit });
    },
  });
}
