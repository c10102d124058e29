import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import type { KubeObject } from '../kubernetes/kube-object';
import { selects } from '../kubernetes/labels';
import type { ProxyRoute } from './proxy-route';

/** The kinds of workload: their API group, and the path of the pod template. A Pod is its own template. */
const kinds: ReadonlyMap<string, { readonly group: RegExp; readonly template: readonly string[] }> = new Map([
  ['Pod', { group: /^v1$/, template: [] }],
  ['Deployment', { group: /^apps\//, template: ['spec', 'template'] }],
  ['StatefulSet', { group: /^apps\//, template: ['spec', 'template'] }],
  ['DaemonSet', { group: /^apps\//, template: ['spec', 'template'] }],
  ['Job', { group: /^batch\//, template: ['spec', 'template'] }],
  ['CronJob', { group: /^batch\//, template: ['spec', 'jobTemplate', 'spec', 'template'] }],
]);

/** An object that creates pods. */
export interface Workload {
  /** The object, for example a Deployment. */
  readonly object: KubeObject;
  /** Path of the pods' spec, for example `spec.template.spec`. */
  readonly field: string;
  /** The spec of its pods, which may have any shape. */
  readonly spec: unknown;
  /** Labels of its pods, which may have any shape. */
  readonly labels: unknown;
}

/** A container of a workload. */
export interface Container {
  /** The workload. */
  readonly workload: Workload;
  /** Path of the container, for example `spec.template.spec.containers[0]`. */
  readonly field: string;
  /** Name of the container. */
  readonly name: string;
  /** The container, which may have any shape. */
  readonly value: unknown;
  /** Whether it runs as long as its pod does. Init containers that are not sidecars do not. */
  readonly lasting: boolean;
}

/** Every workload of a built-in kind, in the order of the objects. */
export function readWorkloads(objects: readonly KubeObject[]): readonly Workload[] {
  return objects.flatMap((object): Workload[] => {
    const { group, template = [] } = kinds.get(object.kind) ?? {};
    if (group?.test(object.apiVersion) !== true) return [];
    return [
      {
        object,
        field: [...template, 'spec'].join('.'),
        spec: fieldAt(object, ...template, 'spec'),
        labels: fieldAt(object, ...template, 'metadata', 'labels'),
      },
    ];
  });
}

/** The containers of a workload, the init containers first. */
export function containersOf(workload: Workload): readonly Container[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listAt(workload.spec, list).map((value, index) => ({
      workload,
      field: `${workload.field}.${list}[${index}]`,
      name: stringAt(value, 'name') ?? '',
      value,
      lasting: list === 'containers' || stringAt(value, 'restartPolicy') === 'Always',
    })),
  );
}

/** Whether a workload creates no pod as it is: it is scaled to zero, or suspended. */
export function isIdle({ object }: Workload): boolean {
  return fieldAt(object, 'spec', 'replicas') === 0 || fieldAt(object, 'spec', 'suspend') === true;
}

/** Whether the pods of a workload end by themselves, so that another pod can have the ports of their node then. */
export function endsByItself({ object, spec }: Workload): boolean {
  if (object.kind === 'Pod') return ['Never', 'OnFailure'].includes(stringAt(spec, 'restartPolicy') ?? '');
  return object.kind === 'Job' || object.kind === 'CronJob';
}

/** Whether the pods use the network of their node. */
export function onHostNetwork({ spec }: Workload): boolean {
  return fieldAt(spec, 'hostNetwork') === true;
}

/**
 * Whether a workload creates a pod of this name: a StatefulSet calls its pods NAME-0, NAME-1 and so on; other controllers
 * add a random suffix, which no route can name.
 */
export function createsPod({ object: { kind, metadata } }: Workload, pod: string): boolean {
  if (kind === 'Pod') return metadata.name === pod;
  const prefix = `${metadata.name}-`;
  return kind === 'StatefulSet' && pod.startsWith(prefix) && /^\d+$/.test(pod.slice(prefix.length));
}

/**
 * The workloads whose pods a route leads to.
 * @param services - the Services of the bundle
 */
export function workloadsBehind(
  route: ProxyRoute,
  workloads: readonly Workload[],
  services: readonly KubeObject[],
): readonly Workload[] {
  const local = workloads.filter(({ object }) => namespaceOf(object.metadata) === route.namespace);
  if (route.resource === 'pods') return local.filter((workload) => createsPod(workload, route.name));
  const service = services.find(({ metadata }) => isNamed(metadata, route));
  return service === undefined ? [] : local.filter(({ labels }) => selects(service, labels));
}

function isNamed(metadata: KubeObject['metadata'], route: ProxyRoute): boolean {
  return namespaceOf(metadata) === route.namespace && metadata.name === route.name;
}
