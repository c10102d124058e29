import type { Chain } from '../chain/chain';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import type { KubeObject } from '../kubernetes/kube-object';
import { reconcilePatch } from './flux/reconcile-request';
import { assertNotRevoked } from './generation/assert-not-revoked';
import type { IssueOptions } from './issue-options';
import { requestManifest } from './request/submit-request';
import { secretFrame } from './secret/secret';
import { readState } from './secret/secret-state';

/** What {@link issue} would do for one user. */
export interface Plan {
  readonly user: string;
  /** Why a certificate, or another CA in the Secrets, is due; absent if nothing is. */
  readonly due?: string;
  /** The objects that would be written, in order; empty if nothing is due. */
  readonly objects: readonly KubeObject[];
}

/**
 * Shows what {@link issue} would write, and writes nothing: reads of the cluster are all that it makes. The request is
 * a real one, for a key that is thrown away; what a Secret would hold stands there as `(...)`.
 */
export async function plan(cluster: Cluster, chain: Chain, options: IssueOptions = {}): Promise<readonly Plan[]> {
  assertSignable(chain);
  return Promise.all(
    chain.credentials.map(async (credential): Promise<Plan> => {
      const { user, secrets, repositories } = credential;
      const state = await readState(cluster, credential, (options.now ?? (() => new Date()))());
      assertNotRevoked(credential, state.secrets);
      const due = state.due ?? state.outdatedCa;
      if (due === undefined) return { user, objects: [] };
      const made = await (await import('../pki/create-request.js')).createRequest({ ...options, user });
      made.privateKey.clear();
      const data = { 'ca.crt': "(the endpoint's CA)", 'tls.crt': '(the certificate)', 'tls.key': '(the private key)' };
      return {
        user,
        due,
        objects: [
          ...(state.due === undefined ? [] : [requestManifest(made, options.expirationSeconds)]),
          ...secrets.map((secret) => ({ ...secretFrame(secret), data })),
          ...repositories.map(({ object: { apiVersion, kind, metadata } }) => ({
            apiVersion,
            kind,
            metadata: { name: metadata.name, namespace: metadata.namespace, ...reconcilePatch(new Date()).metadata },
          })),
        ],
      };
    }),
  );
}
