import { JsonPatch } from 'cdk8s';
import type { KubeObject } from '../../../src/kubernetes/kube-object';
import { affinity, type Broken, deployment, extended, env as fluxEnv, patched, type Sound, withoutCni } from './broken';

/** A Deployment whose container has these ports. */
function withPorts(name: string, ports: object[], podSpec: object = {}): KubeObject {
  return deployment(name, { containers: [{ name, image: 'registry.example/any:1', ports }], ...podSpec });
}

function onHosts(operator: string, ...values: string[]): object {
  return affinity('kubernetes.io/hostname', operator, ...values);
}

function antiAffinity(...terms: object[]): object {
  return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } };
}

/** A term against pods with the label `app`. */
function apart(app: string) {
  return { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } };
}

function named(operator: string, ...values: string[]): object {
  return { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator, values }] };
}

/** A Deployment whose pods have the label `app`, and others. */
function labeled(app: string, object: KubeObject, labels: object = {}): KubeObject {
  return JsonPatch.apply(object, JsonPatch.add('/spec/template/metadata', { labels: { app, ...labels } }));
}

/** A Job whose container uses port 9000 of the node. */
function job(name: string, spec: object): KubeObject {
  const container = { name, image: 'registry.example/any:1', ports: [{ containerPort: 9000 }] };
  const template = { spec: { hostNetwork: true, restartPolicy: 'Never', containers: [container] } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'cozy-system' },
    spec: { template, ...spec },
  };
}

function scaled(replicas: unknown, object: KubeObject): KubeObject {
  return JsonPatch.apply(object, JsonPatch.add('/spec/replicas', replicas));
}

const worker = affinity('node-role.kubernetes.io/control-plane', 'DoesNotExist');

const clash = {
  rule: 'host-ports',
  severity: 'warning' as const,
  at: ['Deployment cozy-system/second'],
  field: 'spec.template.spec.containers[0].ports[0].containerPort',
  says: 'TCP port 9000 of the node is used by first of Deployment cozy-system/first too, and one node cannot run both',
  fix: 'choose another port for one of them, or separate their nodes by nodeSelector, nodeAffinity or podAntiAffinity',
};
const first = withPorts('first', [{ containerPort: 9000 }]);

const owners: readonly [port: number, owner: string][] = [
  [10250, 'kubelet'],
  [10248, 'kubelet'],
  [10249, 'kube-proxy'],
  [10256, 'kube-proxy'],
  [6443, 'kube-apiserver'],
  [2379, 'etcd'],
  [2380, 'etcd'],
  [2381, 'etcd'],
  [10257, 'kube-controller-manager'],
  [10259, 'kube-scheduler'],
];

/** Ports that only Talos uses. */
const talosOwners: typeof owners = [
  [7445, 'KubePrism'],
  [50000, 'apid'],
  [50001, 'trustd'],
];

/** A Deployment with a port, whose environment shows that its node runs Talos. */
function onTalos(port: number, host = 'localhost'): KubeObject {
  const env = Object.entries({ HOST: host, PORT: '7445' });
  const variables = env.map(([name, value]) => ({ name: `KUBERNETES_SERVICE_${name}`, value }));
  return deployment('any', {
    containers: [{ name: 'any', image: 'any:1', ports: [{ containerPort: port }], env: variables }],
  });
}

function behindEndpoint(url: string, port: number, spec: object = {}): readonly KubeObject[] {
  const { objects } = extended(withPorts('any', [{ containerPort: port }], spec));
  return JSON.parse(JSON.stringify(objects).replaceAll('https://localhost:7445', url));
}

function behindEnvironment(host: string, port: number): KubeObject {
  const env = Object.entries({ HOST: host, PORT: `${port}` });
  return deployment('any', {
    containers: [
      {
        name: 'any',
        image: 'any:1',
        ports: [{ containerPort: port }],
        env: env.map(([name, value]) => ({ name: `KUBERNETES_SERVICE_${name}`, value })),
      },
    ],
  });
}

const brokenPorts: readonly Broken[] = [
  { by: 'two pods with one port', ...extended(first, withPorts('second', [{ containerPort: 9000 }])), ...clash },
  {
    by: 'a hostPort and a pod on the host network',
    ...extended(first, withPorts('second', [{ containerPort: 80, hostPort: 9000 }], { hostNetwork: false })),
    ...clash,
    field: 'spec.template.spec.containers[0].ports[0].hostPort',
  },
  {
    by: 'one port, on one address and on all addresses',
    ...extended(
      withPorts('first', [{ containerPort: 9000, hostIP: '10.0.0.1' }]),
      withPorts('second', [{ containerPort: 9000, hostIP: '0.0.0.0' }]),
    ),
    ...clash,
  },
  {
    by: 'the port of the assets server in another pod',
    ...extended(withPorts('second', [{ containerPort: 8123 }])),
    ...clash,
    severity: 'error',
    says: 'TCP port 8123 of the node is used by assets-server of StatefulSet cozy-system/cozystack-assets',
  },
  {
    by: 'a port of Flux in another pod',
    ...extended(
      withPorts('second', [{ containerPort: 9000 }]),
      deployment('source-controller', {
        ...withoutCni,
        containers: [{ name: 'source-controller', image: 'any:1', ports: [{ containerPort: 9000 }], env: fluxEnv }],
      }),
    ),
    ...clash,
    severity: 'error',
    at: ['Deployment cozy-system/source-controller'],
    says: 'TCP port 9000 of the node is used by second of Deployment cozy-system/second too',
  },
  {
    by: 'a port of the kubelet in the assets server',
    ...patched(
      'StatefulSet cozystack-assets',
      JsonPatch.replace('/spec/template/spec/containers/0/ports/0', { containerPort: 10250 }),
    ),
    ...clash,
    severity: 'error',
    at: ['StatefulSet cozy-system/cozystack-assets'],
    says: 'TCP port 10250 of the node is used by kubelet, before any pod starts',
    fix: 'choose another port',
  },
  ...(
    [
      ['of another label', { labelSelector: { matchLabels: { app: 'other' } } }],
      ['of another topology', { ...apart('second'), topologyKey: 'topology.kubernetes.io/zone' }],
      ['of another namespace', { ...apart('second'), namespaces: ['cozy-public'] }],
      ['of Namespaces with another name', { ...apart('second'), namespaceSelector: named('In', 'cozy-public') }],
      ['without a selector', { topologyKey: 'kubernetes.io/hostname' }],
      ['of labels that a controller adds', { ...apart('second'), matchLabelKeys: ['pod-template-hash'] }],
      [
        'of labels that the pod lacks',
        { ...apart('second'), labelSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } },
      ],
    ] as const
  ).map(([what, term]) => ({
    by: `one port of two pods, one of which has a podAntiAffinity ${what}`,
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], antiAffinity({ topologyKey: 'kubernetes.io/hostname', ...term })),
      labeled('second', withPorts('second', [{ containerPort: 9000 }])),
    ),
    ...clash,
  })),
  {
    by: 'one port of two pods with a podAntiAffinity, one of which passes by the scheduler',
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], antiAffinity(apart('second'))),
      labeled('second', withPorts('second', [{ containerPort: 9000 }], { nodeName: 'a' })),
    ),
    ...clash,
  },
  {
    by: 'one port of two pods that merely prefer not to share a node',
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: apart('second') }],
          },
        },
      }),
      labeled('second', withPorts('second', [{ containerPort: 9000 }])),
    ),
    ...clash,
  },
  {
    by: 'one port of a Job and of a pod that does not end',
    ...extended(first, job('second', {})),
    ...clash,
    at: ['Job cozy-system/second'],
  },
  {
    by: 'the port of a sidecar among the init containers',
    ...extended(
      first,
      deployment('second', {
        containers: [],
        initContainers: [{ name: 'second', image: 'any:1', restartPolicy: 'Always', ports: [{ containerPort: 9000 }] }],
      }),
    ),
    ...clash,
    field: 'spec.template.spec.initContainers[0].ports[0].containerPort',
  },
  {
    by: 'one port of two pods that can run on the same one of several hosts',
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], onHosts('In', 'a', 'b')),
      withPorts('second', [{ containerPort: 9000 }], onHosts('In', 'b', 'c')),
    ),
    ...clash,
  },
  {
    by: 'one port of two pods on nodes with between 3 and 5 disks',
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], affinity('disks', 'Gt', '3')),
      withPorts('second', [{ containerPort: 9000 }], affinity('disks', 'Lt', '5')),
    ),
    ...clash,
  },
  {
    by: 'one port of two pods, one of which merely prefers another node',
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], onHosts('In', 'a')),
      withPorts('second', [{ containerPort: 9000 }], {
        affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 }] } },
      }),
    ),
    ...clash,
  },
  {
    by: 'one port of two containers of a pod',
    ...extended(
      deployment('second', {
        containers: ['one', 'two'].map((name) => ({ name, image: 'any:1', ports: [{ containerPort: 9000 }] })),
      }),
    ),
    ...clash,
    field: 'spec.template.spec.containers[1].ports[0].containerPort',
    says: 'TCP port 9000 of the node is used by two containers of the pod, one and two',
    fix: 'choose another port for one of the containers',
  },
  ...[
    ...owners.map(([port, owner]) => ({
      by: `port ${port} of ${owner}`,
      ...extended(withPorts('any', [{ containerPort: port }])),
      says: `TCP port ${port} of the node is used by ${owner}, before any pod starts`,
    })),
    ...talosOwners.map(([port, owner]) => ({
      by: `port ${port} of ${owner}, of Talos`,
      ...extended(onTalos(port)),
      says: `TCP port ${port} of the node is used by ${owner}, before any pod starts`,
    })),
    {
      by: 'port 50000 of apid where a URL names KubePrism',
      ...extended(withPorts('any', [{ containerPort: 50000 }])),
      says: 'TCP port 50000 of the node is used by apid, before any pod starts',
    },
    {
      by: "the port of the API server's URL",
      objects: behindEndpoint('https://api.example.org:8443', 8443),
      says: 'TCP port 8443 of the node is used by the API server at api.example.org',
    },
    {
      by: 'port 443 of localhost in that URL',
      objects: behindEndpoint('https://localhost', 443, worker),
      says: 'TCP port 443 of the node is used by the API server at localhost',
    },
    {
      by: "the port of the API server in a pod's environment",
      ...extended(behindEnvironment('10.0.0.1', 8443)),
      says: 'TCP port 8443 of the node is used by the API server at 10.0.0.1',
    },
  ].map((broken) => ({
    rule: 'host-ports',
    severity: 'warning' as const,
    at: ['Deployment cozy-system/any'],
    field: 'spec.template.spec.containers[0].ports[0].containerPort',
    fix: 'choose another port',
    ...broken,
  })),
];

const surge = {
  rule: 'host-port-surge',
  at: ['Deployment cozy-system/any'],
  field: 'spec.strategy',
  says: 'a rolling update starts the new pod before the old one ends, and only one of them can use port 9790 of the node',
  fix: 'set strategy.type: Recreate or rollingUpdate.maxSurge: 0',
};

/** Bundles with a conflict about a port of the node. */
export const brokenHostPorts: readonly Broken[] = [
  ...brokenPorts,
  ...[undefined, {}, { type: 'RollingUpdate' }, { rollingUpdate: { maxSurge: '25%' } }].map((strategy) => ({
    by: `the strategy ${JSON.stringify(strategy)}`,
    ...extended(JsonPatch.apply(deployment('any', {}), JsonPatch.replace('/spec/strategy', strategy))),
    ...surge,
  })),
];

/** Bundles with ports that do not conflict. */
export const soundHostPorts: readonly Sound[] = [
  {
    with: 'one port for TCP and for UDP',
    ...extended(first, withPorts('second', [{ containerPort: 9000, protocol: 'UDP' }])),
  },
  {
    with: "a UDP port with the number of the kubelet's",
    ...extended(withPorts('any', [{ containerPort: 10250, protocol: 'UDP' }])),
  },
  {
    with: 'one port on two addresses',
    ...extended(
      ...['first', 'second'].map((name, index) =>
        withPorts(name, [{ containerPort: 9000, hostIP: `10.0.0.${index}` }]),
      ),
    ),
  },
  {
    with: 'one containerPort on the network of the CNI',
    ...extended(first, withPorts('second', [{ containerPort: 9000 }], { hostNetwork: false })),
  },
  {
    with: 'one port of an init container that has ended when another pod needs it',
    ...extended(
      first,
      deployment('second', {
        containers: [],
        initContainers: [{ name: 'init', image: 'any:1', ports: [{ containerPort: 9000 }] }],
      }),
    ),
  },
  ...(
    [
      [{ nodeSelector: { disk: 'ssd' } }, { nodeSelector: { disk: 'hdd' } }],
      [{ nodeName: 'a' }, { nodeName: 'b' }],
      [onHosts('In', 'a', 'b'), onHosts('In', 'c')],
      [onHosts('In', 'a', 'b'), onHosts('NotIn', 'a', 'b', 'c')],
      [onHosts('DoesNotExist'), onHosts('Exists')],
      [affinity('disks', 'Gt', '4'), affinity('disks', 'Lt', '5')],
      [affinity('disks', 'In', '1', '2'), affinity('disks', 'Gt', '2')],
      [affinity('disks', 'In', '3'), affinity('disks', 'Lt', '3')],
      [{ nodeSelector: { 'kubernetes.io/hostname': 'a' } }, onHosts('NotIn', 'a')],
    ] as const
  ).map(([one, other]) => ({
    with: `one port on different nodes: ${JSON.stringify(one)} and ${JSON.stringify(other)}`,
    ...extended(
      withPorts('first', [{ containerPort: 9000 }], one),
      withPorts('second', [{ containerPort: 9000 }], other),
    ),
  })),
  ...(
    [
      ['by its label', apart('second')],
      [
        'by an expression',
        { ...apart('x'), labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['second'] }] } },
      ],
      [
        'by a label that it does not have',
        { ...apart('x'), labelSelector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] } },
      ],
      [
        'by a label with another value',
        { ...apart('x'), labelSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['first'] }] } },
      ],
      ['as every pod', { ...apart('x'), labelSelector: {} }],
      ['in a list of namespaces', { ...apart('second'), namespaces: ['cozy-public', 'cozy-system'] }],
      ['in all namespaces', { ...apart('second'), namespaceSelector: {} }],
      ['in a Namespace with its name', { ...apart('second'), namespaceSelector: named('In', 'cozy-system') }],
    ] as const
  ).flatMap(([how, term]) => {
    const avoiding = withPorts('first', [{ containerPort: 9000 }], antiAffinity(apart('other'), term));
    const avoided = labeled('second', withPorts('second', [{ containerPort: 9000 }]));
    return [
      { with: `one port of two pods, one of which avoids the other ${how}`, ...extended(avoiding, avoided) },
      { with: `one port of two pods, one of which avoids the first one ${how}`, ...extended(avoided, avoiding) },
    ];
  }),
  {
    with: 'one port of two pods that avoid each other',
    ...extended(
      labeled('first', withPorts('first', [{ containerPort: 9000 }], antiAffinity(apart('second')))),
      labeled('second', withPorts('second', [{ containerPort: 9000 }], antiAffinity(apart('first')))),
    ),
  },
  ...[
    ['a Deployment without replicas', scaled(0, withPorts('second', [{ containerPort: 9000 }]))],
    ['a suspended Job', job('second', { suspend: true })],
    [
      'a suspended CronJob',
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'second', namespace: 'cozy-system' },
        spec: { suspend: true, jobTemplate: { spec: job('second', {}).spec } },
      },
    ] as const,
  ].flatMap(([what, object]) => [
    { with: `one port of a pod and of ${what}`, ...extended(first, object as KubeObject) },
    { with: `one port of ${what} and of a pod`, ...extended(object as KubeObject, first) },
  ]),
  {
    with: "the kubelet's port in a Deployment without replicas",
    ...extended(scaled(0, withPorts('any', [{ containerPort: 10250 }]))),
  },
  { with: 'one port of two Jobs', ...extended(job('first', {}), job('second', {})) },
  {
    with: 'one port of a Job and of a Pod that ends',
    ...extended(job('first', {}), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'second', namespace: 'cozy-system' },
      spec: {
        hostNetwork: true,
        restartPolicy: 'OnFailure',
        containers: [{ name: 'second', image: 'any:1', ports: [{ containerPort: 9000 }] }],
      },
    }),
  },
  {
    with: 'host ports and a rolling update without replicas',
    ...extended(scaled(0, deployment('any', {}, {}))),
  },
  {
    with: 'one port of three pods of a StatefulSet',
    ...patched('StatefulSet cozystack-assets', JsonPatch.replace('/spec/replicas', 3)),
  },
  { with: 'port 6443 on a worker node', ...extended(withPorts('any', [{ containerPort: 6443 }], worker)) },
  { with: 'port 10256 in kube-proxy itself', ...extended(withPorts('kube-proxy', [{ containerPort: 10256 }])) },
  ...talosOwners.flatMap(([port]) => [
    {
      with: `port ${port}, which only Talos uses, on another cluster`,
      objects: behindEndpoint('https://api.example.org:6443', port, worker),
    },
    {
      with: `port ${port} on another cluster whose API server is on the node`,
      objects: behindEndpoint('https://127.0.0.1:6443', port),
    },
  ]),
  { with: 'port 443 of a node beside a load balancer', objects: behindEndpoint('https://api.example.org', 443) },
  { with: 'port 443 of a node beside the Service of the API server', ...extended(behindEnvironment('10.96.0.1', 443)) },
  ...[{ type: 'Recreate' }, { rollingUpdate: { maxSurge: 0 } }, { rollingUpdate: { maxSurge: '0%' } }].map(
    (strategy) => ({
      with: `host ports and the strategy ${JSON.stringify(strategy)}`,
      ...extended(deployment('any', {}, strategy)),
    }),
  ),
  { with: 'a rolling update without host ports', ...extended(deployment('any', { hostNetwork: false }, {})) },
];
