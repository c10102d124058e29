import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { type Container, containersOf, onHostNetwork, type Workload } from './workloads';

/** A port of the node that a container uses. */
export interface HostPort {
  /** The container. */
  readonly container: Container;
  /** Path of the port, for example `spec.template.spec.containers[0].ports[0].hostPort`. */
  readonly field: string;
  /** Number of the port. */
  readonly port: number;
  /** TCP, UDP or SCTP. */
  readonly protocol: string;
  /** The node's address that it is bound to; `undefined` means all. */
  readonly address?: string;
}

const EVERY_ADDRESS = ['', '0.0.0.0', '::'];

/**
 * The ports of the node that the pods of a workload declare: each hostPort, and on the host network each containerPort,
 * which the API server copies to hostPort. Init containers that end before the others start do not count; the scheduler
 * ignores their ports too.
 */
export function hostPortsOf(workload: Workload): readonly HostPort[] {
  const lasting = containersOf(workload).filter((container) => container.lasting);
  return lasting.flatMap((container) =>
    listAt(container.value, 'ports').flatMap((value, index): HostPort[] => {
      const key = fieldAt(value, 'hostPort') || !onHostNetwork(workload) ? 'hostPort' : 'containerPort';
      const port = fieldAt(value, key);
      if (typeof port !== 'number' || port === 0) return [];
      const [protocol, address] = [stringAt(value, 'protocol') ?? 'TCP', stringAt(value, 'hostIP') ?? ''];
      const field = `${container.field}.ports[${index}].${key}`;
      return [{ container, field, port, protocol, ...(EVERY_ADDRESS.includes(address) ? {} : { address }) }];
    }),
  );
}
