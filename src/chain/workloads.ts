import type { KubeObject } from '../kube-object';
import { fieldAt, listAt, stringAt } from './fields';

/** Where each kind of workload keeps the template of its pods; a Pod is its own. */
const templates: Readonly<Record<string, readonly string[]>> = {
  'v1 Pod': [],
  'apps Deployment': ['spec', 'template'],
  'apps StatefulSet': ['spec', 'template'],
  'apps DaemonSet': ['spec', 'template'],
  'batch Job': ['spec', 'template'],
  'batch CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** An object of the bundle that makes pods. */
export interface Workload {
  readonly object: KubeObject;
  /** Where the pod's spec stands, for example `spec.template.spec`. */
  readonly field: string;
  /** That spec, of any shape. */
  readonly spec: unknown;
  /** Labels of its pods, of any shape. */
  readonly labels: unknown;
}

/** A container of a workload. */
export interface Container {
  readonly workload: Workload;
  /** For example `spec.template.spec.containers[0]`. */
  readonly field: string;
  readonly name: string;
  /** The container itself, of any shape. */
  readonly value: unknown;
  /** Whether it runs as long as its pod does: not so the init containers that are no sidecars. */
  readonly lasting: boolean;
}

/** Every workload of the built-in kinds, in the order of the objects. */
export function readWorkloads(objects: readonly KubeObject[]): readonly Workload[] {
  return objects.flatMap((object): Workload[] => {
    const path = templates[`${object.apiVersion.replace(/\/.*/, '')} ${object.kind}`];
    if (path === undefined) return [];
    return [
      {
        object,
        field: [...path, 'spec'].join('.'),
        spec: fieldAt(object, ...path, 'spec'),
        labels: fieldAt(object, ...path, 'metadata', 'labels'),
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

/** Whether the pods are on the network of their node. */
export function onHostNetwork({ spec }: Workload): boolean {
  return fieldAt(spec, 'hostNetwork') === true;
}
