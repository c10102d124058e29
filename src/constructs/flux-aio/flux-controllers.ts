import type { FluxController } from './flux-releases';

/** The purpose of a port: the first part of its name. */
export type PortRole = 'http' | 'http-webhook' | 'http-prom' | 'healthz';

/** What distinguishes a controller in the shared pod, in which all controllers bind ports of the node. */
export interface ControllerTraits {
  /** The second part of the names of its ports. */
  readonly suffix: string;
  /** Its ports by their purpose. */
  readonly ports: Readonly<Partial<Record<PortRole, number>> & Record<'http-prom' | 'healthz', number>>;
  /** Whether it stores artifacts in the shared folder, and serves them on its port `http`. */
  readonly storesArtifacts?: boolean;
}

/** The controllers in their order in the pod, with the ports of flux-aio. */
export const controllerTraits: Readonly<Record<FluxController, ControllerTraits>> = {
  'source-controller': {
    suffix: 'sc',
    ports: { http: 9790, 'http-prom': 9791, healthz: 9792 },
    storesArtifacts: true,
  },
  'kustomize-controller': { suffix: 'kc', ports: { 'http-prom': 9793, healthz: 9794 } },
  'helm-controller': { suffix: 'hc', ports: { 'http-prom': 9795, healthz: 9796 } },
  'notification-controller': {
    suffix: 'nc',
    ports: { http: 9690, 'http-webhook': 9797, 'http-prom': 9798, healthz: 9799 },
  },
  'source-watcher': {
    suffix: 'sw',
    ports: { http: 9691, 'http-prom': 9692, healthz: 9693 },
    storesArtifacts: true,
  },
};

/** Every controller, in its order in the pod. */
export const fluxControllers = Object.keys(controllerTraits) as FluxController[];
