import { meansProxy } from '../chain/proxy-url';
import { stringAt } from '../kubernetes/fields';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { isManaged } from '../kubernetes/labels';
import { userOf } from '../signing/secret/held-certificate';
import { secretReference } from '../signing/secret/secret';
import { findRequests } from '../up/removal/find-requests';
import type { Run } from '../up/run';
import type { Leftovers } from './leftovers';

/** An object that {@link cleanUp} keeps. */
export interface KeptObject extends ObjectReference {
  /** Why it is kept. */
  readonly reason: string;
}

/** The leftovers that exist in the cluster. */
export interface FoundLeftovers {
  /** In the order of deletion: rights, Secrets, requests, HelmRepositories, Services, workloads. */
  readonly toDelete: readonly KubeObject[];
  /** The Secrets among them. */
  readonly secrets: readonly KubeObject[];
  readonly kept: readonly KeptObject[];
}

/** Looks for leftovers in the cluster. */
export async function findLeftovers(run: Run, leftovers: Leftovers): Promise<FoundLeftovers> {
  const { users, owners } = leftovers;
  const existing = async (references: readonly ObjectReference[]) =>
    (await Promise.all(references.map((one) => run.objects.get(one)))).filter((object) => object !== undefined);
  const [rights, named, repositories, servers, others] = await Promise.all([
    existing(leftovers.rights.map(referenceTo)),
    existing(leftovers.secrets.map(secretReference)),
    existing(leftovers.repositories.map(({ object }) => referenceTo(object))),
    existing(leftovers.servers.map(referenceTo)),
    existing(leftovers.others.map(referenceTo)),
  ]);
  const [secrets, foreign] = split(named, (secret) => isManaged(secret) || owners.includes(userOf(secret) ?? ''));
  const [proxied, direct] = split(repositories, (object) => meansProxy(stringAt(object, 'spec', 'url') ?? ''));
  const requests = await findRequests(run, users, named);
  const keep = (objects: readonly KubeObject[], reason: string) =>
    objects.map((object) => ({ ...referenceTo(object), reason }));
  return {
    toDelete: [...rights, ...secrets, ...requests.ours, ...proxied, ...servers],
    secrets,
    kept: [
      ...keep(foreign, `not written by eggtooth, and without a certificate of ${owners.join(', ')}`),
      ...keep(requests.others, 'not created by eggtooth; Kubernetes deletes it within a day'),
      ...keep(direct, 'no longer reads through the API server'),
      ...keep(others, 'not part of the chain'),
    ],
  };
}

function split<Item>(items: readonly Item[], test: (item: Item) => boolean): readonly [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
