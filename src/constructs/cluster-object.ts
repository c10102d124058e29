import { JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import type { KubeObject } from '../kubernetes/kube-object';
import { ManifestObject } from './manifest-object';

/** A ManifestObject of a kind that belongs to the cluster: the namespace of its Chart is not stamped on it. */
export class ClusterObject extends ManifestObject {
  constructor(scope: Construct, id: string, manifest: KubeObject) {
    super(scope, id, manifest);
    if (this.chart.namespace !== undefined) this.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}
