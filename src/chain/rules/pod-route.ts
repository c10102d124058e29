import { fieldAt } from '../../kubernetes/fields';
import { namespaceOf } from '../../kubernetes/identity';
import type { KubeObject } from '../../kubernetes/kube-object';
import type { Fault, Rule } from '../finding';
import type { ProxyRoute } from '../proxy-route';
import { createsPod, type Workload } from '../workloads';

/** A route to a pod leads to one that exists: the StatefulSet creates it, and accepts it as its own. */
export const podRoute: Rule = {
  id: 'pod-route',
  severity: 'error',
  *check({ routes, workloads }) {
    const controllers = new Map<string, Workload>();
    for (const workload of workloads) {
      const { kind, metadata } = workload.object;
      if (['StatefulSet', 'Deployment', 'DaemonSet'].includes(kind)) {
        controllers.set(`${kind} ${namespaceOf(metadata)}/${metadata.name}`, workload);
      }
    }
    const reported = new Set<KubeObject>();
    for (const { route } of routes) {
      if (route.resource !== 'pods') continue;
      const [, name = '', ordinal = ''] = /^(.+)-(\d+)$/.exec(route.name) ?? [];
      const found = (kind: string) => controllers.get(`${kind} ${route.namespace}/${name}`);
      const set = found('StatefulSet');
      const other = found('Deployment') ?? found('DaemonSet');
      const isBare = workloads.some((one) => one.object.kind === 'Pod' && createsPod(one, route.name));
      if (set !== undefined && !reported.has(set.object)) {
        reported.add(set.object);
        yield* faultsOf(set, route, ordinal);
      } else if (set === undefined && other !== undefined && !isBare) {
        yield {
          object: other.object,
          field: 'kind',
          message: `${route} leads to the pod ${route.name}, and a ${other.object.kind} gives its pods random names`,
          fix: 'make it a StatefulSet, or read through a Service',
        };
      }
    }
  },
};

function* faultsOf({ object, labels }: Workload, route: ProxyRoute, ordinal: string): Iterable<Fault> {
  const start = Number(fieldAt(object, 'spec', 'ordinals', 'start') ?? 0);
  const end = start + Number(fieldAt(object, 'spec', 'replicas') ?? 1);
  const isMade = `${Number(ordinal)}` === ordinal && Number(ordinal) >= start && Number(ordinal) < end;
  if (!isMade) {
    const { name } = object.metadata;
    const made =
      end > start ? `creates ${name}-${start}${end - start > 1 ? ` to ${name}-${end - 1}` : ''}` : 'creates no pod';
    yield {
      object,
      field: Number(ordinal) < start ? 'spec.ordinals.start' : 'spec.replicas',
      message: `${made}, and ${route} leads to ${route.name}`,
      fix: 'let the URL and the Role name a pod that it creates, or change its replicas or ordinals',
    };
  }
  const selected = Object.entries(fieldAt(object, 'spec', 'selector', 'matchLabels') ?? {});
  const missing = selected.find(([key, value]) => fieldAt(labels, key) !== value);
  if (missing === undefined) return;
  yield {
    object,
    field: 'spec.selector.matchLabels',
    message: `selects ${missing.join('=')}, which its pods do not have, so the API server refuses it`,
    fix: 'select labels of spec.template.metadata.labels',
  };
}
