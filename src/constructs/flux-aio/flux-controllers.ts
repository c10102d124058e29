import type { FluxController } from './flux-releases';

/** What a port of the pod is for: the first part of its name. */
export type PortRole = 'http' | 'http-webhook' | 'http-prom' | 'healthz';

/** What tells one controller from another in a pod that they share: all of them bind ports of the node. */
export interface ControllerTraits {
  /** Second part of its ports' names. */
  readonly suffix: string;
  readonly ports: Readonly<Partial<Record<PortRole, number>> & Record<'http-prom' | 'healthz', number>>;
  /** Whether it keeps artifacts in the shared folder, and serves them on its port `http`. */
  readonly storesArtifacts?: boolean;
}

/** The controllers in the order of the pod, with the ports of flux-aio. */
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

/** Every controller, in the order of the pod. */
export const fluxControllers = Object.keys(controllerTraits) as FluxController[];
