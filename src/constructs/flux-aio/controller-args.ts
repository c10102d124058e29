import type { FluxAioOptions } from './flux-aio-props';
import { controllerTraits } from './flux-controllers';
import type { FluxController } from './flux-releases';

/** Options for {@link argsOf}. */
export type ArgsOptions = Required<Pick<FluxAioOptions, 'controllers' | 'logLevel' | 'securityProfile'>> &
  Pick<FluxAioOptions, 'options'> & {
    /** Name of the service account, and of the host in the URLs of artifacts. */
    readonly name: string;
  };

/** The others use their own default. */
const defaultConcurrency: Readonly<Partial<Record<FluxController, number>>> = {
  'source-controller': 5,
  'kustomize-controller': 5,
  'helm-controller': 5,
};
const REQUEUE = '--requeue-dependency=30s';
const NOT_SHARDED = '--watch-label-selector=!sharding.fluxcd.io/key';

/** The flags of one controller. */
export function argsOf(controller: FluxController, props: ArgsOptions): string[] {
  const { ports } = controllerTraits[controller];
  const { concurrency = defaultConcurrency[controller], extraArgs = [] } = props.options?.[controller] ?? {};
  return [
    '--watch-all-namespaces',
    `--log-level=${props.logLevel}`,
    '--log-encoding=json',
    '--enable-leader-election=false',
    `--metrics-addr=:${ports['http-prom']}`,
    `--health-addr=:${ports.healthz}`,
    ...ownArgs[controller](props),
    ...(concurrency === undefined ? [] : [`--concurrent=${concurrency}`]),
    ...(props.securityProfile === 'restricted' ? restrictions[controller](props) : []),
    ...extraArgs,
  ];
}

const ownArgs: Readonly<Record<FluxController, (props: ArgsOptions) => readonly string[]>> = {
  'source-controller': (props) => [
    ...storage('source-controller', props.name),
    NOT_SHARDED,
    REQUEUE,
    '--helm-cache-max-size=10',
    '--helm-cache-ttl=60m',
    '--helm-cache-purge-interval=5m',
    ...events(props),
  ],
  'kustomize-controller': (props) => [
    NOT_SHARDED,
    // Lets Kustomizations take over the fields that `eggtooth up` applied.
    '--override-manager=eggtooth',
    REQUEUE,
    ...events(props),
    ...externalArtifacts(props),
  ],
  'helm-controller': (props) => [NOT_SHARDED, REQUEUE, ...events(props), ...externalArtifacts(props)],
  'notification-controller': () => {
    const { ports } = controllerTraits['notification-controller'];
    return [`--receiverAddr=:${ports['http-webhook']}`, `--events-addr=:${ports.http}`];
  },
  // Other controllers recognize its artifacts by this name, even if no Service has it.
  'source-watcher': (props) => [...storage('source-watcher', 'source-watcher'), ...events(props)],
};

const restrictions: typeof ownArgs = {
  'source-controller': () => [],
  'kustomize-controller': ({ name }) => [
    '--no-cross-namespace-refs',
    '--no-remote-bases',
    `--default-service-account=${name}`,
  ],
  'helm-controller': ({ name }) => ['--no-cross-namespace-refs', `--default-service-account=${name}`],
  'notification-controller': () => ['--no-cross-namespace-refs'],
  'source-watcher': () => [],
};

/** The advertised host is relative to the domain of the cluster, which can differ from cluster.local. */
function storage(controller: FluxController, service: string): string[] {
  return [
    `--storage-addr=:${controllerTraits[controller].ports.http}`,
    '--storage-path=/data',
    `--storage-adv-addr=${service}.$(RUNTIME_NAMESPACE).svc`,
  ];
}

function events({ controllers }: ArgsOptions): string[] {
  const { ports } = controllerTraits['notification-controller'];
  return controllers.includes('notification-controller') ? [`--events-addr=http://localhost:${ports.http}`] : [];
}

/** source-watcher creates ExternalArtifacts, for which the feature gate is off by default in Flux 2.9. */
function externalArtifacts({ controllers }: ArgsOptions): string[] {
  return controllers.includes('source-watcher') ? ['--feature-gates=ExternalArtifact=true'] : [];
}
