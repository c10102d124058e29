import type { Chain } from '../chain/chain';
import type { Credential } from '../chain/credentials';
import { assertSignable } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { placeChain } from '../cluster/place-objects';
import type { KubeObject } from '../kubernetes/kube-object';
import { reconcilePatch } from './flux/reconcile-request';
import { assertNotRevoked } from './generation/assert-not-revoked';
import type { IssueOptions } from './issue-options';
import { requestedDuration } from './request/requested-duration';
import { requestManifest } from './request/submit-request';
import { assertOurs } from './secret/assert-ours';
import { emptySecret } from './secret/secret';
import { readState } from './secret/secret-state';

/** What {@link issue} would do for one user. */
export interface IssuePlan {
  /** User of the certificate. */
  readonly user: string;
  /** Why a certificate, or another CA in the Secrets, is due; absent if nothing is. */
  readonly due?: string;
  /** The objects that would be written, in order; empty if nothing is due. */
  readonly objects: readonly KubeObject[];
}

/**
 * Plans what {@link issue} would write. It only reads from the cluster. The request is a real one, for a key that is
 * thrown away; the content of the Secrets reads `(...)`.
 *
 * @example
 * ```ts
 * for (const { user, due } of await planIssue(cluster, chain)) console.log(`${user}: ${due ?? 'nothing is due'}`);
 * ```
 * @throws EggtoothError `ERR_EGGTOOTH_CHAIN`, `ERR_EGGTOOTH_GENERATION`, `ERR_EGGTOOTH_FOREIGN`, or any code of the {@link Cluster}
 */
export async function planIssue(
  cluster: Cluster,
  bundle: Chain,
  options: IssueOptions = {},
): Promise<readonly IssuePlan[]> {
  const chain = placeChain(cluster, bundle);
  assertSignable(chain);
  return Promise.all(chain.credentials.map((credential) => planOne(cluster, credential, options)));
}

async function planOne(cluster: Cluster, credential: Credential, options: IssueOptions): Promise<IssuePlan> {
  const { user, secrets, repositories } = credential;
  const duration = requestedDuration(credential, options.duration);
  const state = await readState(cluster, credential, options.now);
  state.current?.privateKey.clear();
  await assertNotRevoked(cluster, credential, state.secrets);
  const due = state.due ?? state.outdatedCa;
  if (due === undefined) return { user, objects: [] };
  assertOurs(credential, state.secrets, options);
  const { createRequest } = await import('../pki/create-request.js');
  const created = await createRequest({ ...options, user });
  created.privateKey.clear();
  const data = { 'ca.crt': "(the endpoint's CA)", 'tls.crt': '(the certificate)', 'tls.key': '(the private key)' };
  return {
    user,
    due,
    objects: [
      ...(state.due === undefined ? [] : [requestManifest(created, { duration })]),
      ...secrets.map((secret) => ({ ...emptySecret(secret), data })),
      ...repositories.map(({ object: { apiVersion, kind, metadata } }) => ({
        apiVersion,
        kind,
        metadata: { name: metadata.name, namespace: metadata.namespace, ...reconcilePatch(new Date()).metadata },
      })),
    ],
  };
}
