import { Chart, Testing } from 'cdk8s';
import type { KubeObject } from '../../src/kubernetes/kube-object';

/** What `build` adds to a Chart, as in the YAML. */
export function synth(build: (chart: Chart) => unknown, namespace?: string): KubeObject[] {
  const chart = new Chart(Testing.app(), 'chart', { namespace });
  build(chart);
  return Testing.synth(chart);
}
