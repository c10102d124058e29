import type { Container, EnvVar } from '../../kubernetes/k8s';
import { restricted } from '../restricted-container';
import { type ArgsOptions, argsOf } from './controller-args';
import type { FluxAioOptions } from './flux-aio-props';
import { controllerTraits } from './flux-controllers';
import type { FluxController } from './flux-releases';

/** Options for {@link containerOf}. */
export interface ContainerOptions extends ArgsOptions, Pick<FluxAioOptions, 'securityContext' | 'volumeMounts'> {
  /** Image of the controller. */
  readonly image: string;
  /** Environment of the controller. */
  readonly env: readonly EnvVar[];
}

/** The container of a controller, as in flux-aio. */
export function containerOf(controller: FluxController, props: ContainerOptions): Container {
  const { suffix, ports, storesArtifacts = false } = controllerTraits[controller];
  const health = `healthz-${suffix}`;
  const readiness = storesArtifacts ? { port: `http-${suffix}`, path: '/' } : { port: health, path: '/readyz' };
  return {
    name: controller,
    image: props.image,
    imagePullPolicy: 'IfNotPresent',
    args: argsOf(controller, props),
    env: props.env,
    ports: Object.entries(ports).map(([role, containerPort]) => ({
      name: `${role}-${suffix}`,
      containerPort,
      protocol: 'TCP',
    })),
    livenessProbe: { httpGet: { port: health, path: '/healthz' } },
    readinessProbe: { httpGet: readiness },
    securityContext: props.securityContext ?? restricted,
    resources: props.options?.[controller]?.resources ?? {
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { memory: '1Gi' },
    },
    volumeMounts: [
      ...(storesArtifacts ? [{ name: 'data', mountPath: '/data' }] : []),
      { name: 'tmp', mountPath: '/tmp' },
      ...(props.volumeMounts ?? []),
    ],
  };
}
