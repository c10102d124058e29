import { ApiObject, type ApiObjectProps, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';

/** An ApiObject of a kind that belongs to the cluster: the namespace of its Chart is not stamped on it. */
export class ClusterObject extends ApiObject {
  constructor(scope: Construct, id: string, manifest: ApiObjectProps) {
    super(scope, id, manifest);
    if (this.chart.namespace !== undefined) this.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}
