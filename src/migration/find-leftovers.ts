import { meansProxy } from '../chain/proxy-url';
import { stringAt } from '../kubernetes/fields';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { isManaged } from '../kubernetes/labels';
import { userOf } from '../signing/secret/held-certificate';
import { secretReference } from '../signing/secret/secret';
import type { Run } from '../up/run';
import type { Leftovers } from './leftovers';
import { findRequests } from './old-requests';

/** An object that stays, and why. */
export interface LeftObject extends ObjectReference {
  readonly reason: string;
}

/** What of the leftovers stands in the cluster. */
export interface Found {
  /** What has to go, in that order: rights, Secrets, requests, HelmRepositories, Services and workloads. */
  readonly toDelete: readonly KubeObject[];
  /** The Secrets among them. */
  readonly secrets: readonly KubeObject[];
  readonly left: readonly LeftObject[];
}

/** Looks for the leftovers in the cluster. */
export async function findLeftovers(run: Run, leftovers: Leftovers): Promise<Found> {
  const { users, owners } = leftovers;
  const current = async (references: readonly ObjectReference[]) =>
    (await Promise.all(references.map((one) => run.objects.get(one)))).filter((object) => object !== undefined);
  const [rights, named, repositories, servers, others] = await Promise.all([
    current(leftovers.rights.map(referenceTo)),
    current(leftovers.secrets.map(secretReference)),
    current(leftovers.repositories.map(({ object }) => referenceTo(object))),
    current(leftovers.servers.map(referenceTo)),
    current(leftovers.others.map(referenceTo)),
  ]);
  const [secrets, foreign] = split(named, (secret) => isManaged(secret) || owners.includes(userOf(secret) ?? ''));
  const [proxied, direct] = split(repositories, (object) => meansProxy(stringAt(object, 'spec', 'url') ?? ''));
  const requests = await findRequests(run, users, named);
  const stays = (objects: readonly KubeObject[], reason: string) =>
    objects.map((object) => ({ ...referenceTo(object), reason }));
  return {
    toDelete: [...rights, ...secrets, ...requests.ours, ...proxied, ...servers],
    secrets,
    left: [
      ...stays(foreign, `not written by eggtooth, and no certificate of ${owners.join(', ')}`),
      ...stays(requests.others, 'not made by eggtooth; Kubernetes deletes it within a day'),
      ...stays(direct, 'reads from elsewhere by now'),
      ...stays(others, 'no part of the chain'),
    ],
  };
}

function split<Item>(items: readonly Item[], test: (item: Item) => boolean): readonly [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
