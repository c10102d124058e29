import type { Chain } from '../../chain/chain';
import { isError, undefinedOn } from '../../errors';
import { identityOf } from '../../kubernetes/identity';
import { type KubeObject, type ObjectReference, printReference, referenceTo } from '../../kubernetes/kube-object';
import type { Run } from '../run';
import { type BrokenLink, firstCause, waitForLink } from './broken-link';
import { hasController, installsCni, nodeState } from './node-state';
import type { NotWaitedFor } from './not-waited-for';
import { isOfRelease, probePodsOf } from './probe-release-pods';

const NODE = { apiVersion: 'v1', kind: 'Node' } as const;
const DAEMON_SET = { apiVersion: 'apps/v1', kind: 'DaemonSet' } as const;

/** A node that is Ready. */
export interface ReadyNode extends ObjectReference {
  readonly ready: true;
}

/** What a run has seen of the nodes at its end. */
export interface SeenNodes {
  /** Empty if the nodes were not waited for. */
  readonly ready: readonly ReadyNode[];
  /** Those that are not Ready and were not waited for. */
  readonly notWaitedFor: readonly NotWaitedFor[];
}

/** The nodes of a cluster during a run. It remembers which of them lacked a CNI: those are waited for. */
export class Nodes {
  private readonly lacking = new Set<string>();

  constructor(private readonly chain: Chain) {}

  /**
   * Lists the nodes.
   * @throws EggtoothError any code of {@link Cluster.call}
   */
  async look(run: Run): Promise<readonly KubeObject[]> {
    const nodes = await run.objects.list(NODE, { purpose: 'list the nodes' });
    for (const node of nodes) {
      if (nodeState(node).lacksCni) this.lacking.add(nameOf(node));
    }
    return nodes;
  }

  /**
   * Waits until every node that has lacked a CNI is Ready, also one that joins in the meantime.
   * @throws EggtoothError `ERR_EGGTOOTH_NOT_READY` with the first node that is not, or with the pod of its CNI
   */
  async wait(run: Run): Promise<SeenNodes> {
    let nodes: readonly KubeObject[] = [];
    await waitForLink(run, async () => {
      nodes = await this.look(run);
      return this.broken(run, nodes);
    });
    const ready = nodes.filter((node) => nodeState(node).ready);
    for (const node of ready) run.report(`${printReference(referenceTo(node))} is Ready`);
    return { ready: ready.map((node) => ({ ...referenceTo(node), ready: true })), notWaitedFor: unready(nodes) };
  }

  /**
   * {@link wait}, if the bundle brings a CNI and the nodes may be listed. Otherwise no node becomes Ready by the bundle,
   * or nobody can tell.
   */
  async waitIfCni(run: Run): Promise<SeenNodes> {
    try {
      if ((await cniDaemonSets(run, this.chain)).length > 0) return await this.wait(run);
      const lacking = (await this.look(run)).filter((node) => nodeState(node).lacksCni);
      return { ready: [], notWaitedFor: unready(lacking, '; the bundle installs no DaemonSet with a CNI') };
    } catch (error) {
      if (!isError(error, 'ERR_EGGTOOTH_FORBIDDEN')) throw error;
      return { ready: [], notWaitedFor: [{ ...NODE, name: '*', reason: `cannot be waited for: ${error.problem}` }] };
    }
  }

  /** Looks for a node that has lacked a CNI and is not Ready. */
  async probe(run: Run): Promise<BrokenLink | undefined> {
    return this.broken(run, (await undefinedOn(this.look(run), 'ERR_EGGTOOTH_FORBIDDEN')) ?? []);
  }

  private async broken(run: Run, nodes: readonly KubeObject[]): Promise<BrokenLink | undefined> {
    const waiting = nodes.filter((node) => this.lacking.has(nameOf(node)) && !nodeState(node).ready);
    if (waiting.length === 0) return undefined;
    const daemonSets = (await undefinedOn(cniDaemonSets(run, this.chain), 'ERR_EGGTOOTH_FORBIDDEN')) ?? [];
    return firstCause(waiting, async (node) => {
      const pod = await firstCause(daemonSets, (daemonSet) => probePodsOf(run, daemonSet, nameOf(node)));
      if (pod !== undefined) return pod;
      const fix =
        daemonSets.length === 0
          ? 'add a HelmRelease with a CNI to the bundle'
          : `read the log of kubelet, and of ${daemonSets.map((one) => printReference(referenceTo(one))).join(', ')}`;
      return { object: referenceTo(node), problem: nodeState(node).problem, fix };
    });
  }
}

/** The DaemonSets that install a CNI: of the bundle, of its releases, or of an operator, which one of these may be. */
async function cniDaemonSets(run: Run, { objects, releases }: Chain): Promise<readonly KubeObject[]> {
  const inBundle = new Set(objects.map(identityOf));
  const found = await run.objects.list(DAEMON_SET, { purpose: 'list the DaemonSets' });
  return found.filter(
    (one) =>
      installsCni(one) &&
      (inBundle.has(identityOf(one)) || hasController(one) || releases.some(({ object }) => isOfRelease(one, object))),
  );
}

function unready(nodes: readonly KubeObject[], why = ''): readonly NotWaitedFor[] {
  return nodes
    .filter((node) => !nodeState(node).ready)
    .map((node) => ({ ...referenceTo(node), reason: `${nodeState(node).problem}${why}` }));
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? '';
}
