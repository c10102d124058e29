import type { KubernetesMinor } from '../control-plane/kubernetes-versions';
import type { Counts } from '../vitest';

/** What the tests counted with one version of Kubernetes. */
export interface MatrixResult extends Counts {
  readonly minor: KubernetesMinor;
}
