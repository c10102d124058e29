import { ApiObject, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import type { KubeObject } from '../kubernetes/kube-object';

/**
 * An ApiObject that knows whether it still is the manifest that it was made from. As long as it is, the rules read that
 * and nothing is rendered for them: for thousands of objects, rendering takes longer than all the rules. Resolvers of the
 * App are not asked then.
 */
export class ManifestObject extends ApiObject {
  /**
   * What the rules are to read of any ApiObject: what `toJson` gives, without its cost where that is possible.
   * @internal
   */
  static manifestOf(object: ApiObject): KubeObject {
    return #manifest in object && object.#pristine ? object.#manifest : (object.toJson() as KubeObject);
  }

  readonly #manifest: KubeObject;
  #pristine: boolean;

  constructor(scope: Construct, id: string, manifest: KubeObject) {
    super(scope, id, manifest);
    this.#manifest = manifest;
    this.#pristine = isPlain(manifest);
    const { metadata } = this;
    // Whoever has the metadata in hand may change it.
    const get = () => {
      this.#pristine = false;
      return metadata;
    };
    Object.defineProperty(this, 'metadata', { get });
  }

  override addJsonPatch(...operations: Parameters<ApiObject['addJsonPatch']>): void {
    this.#pristine = false;
    super.addJsonPatch(...operations);
  }

  override toJson(): ReturnType<ApiObject['toJson']> {
    const pristine = this.#pristine;
    const rendered = super.toJson();
    this.#pristine = pristine;
    return rendered;
  }
}

/** A ManifestObject of a cluster-scoped kind, which cdk8s would stamp the namespace of its Chart on. */
export class ClusterObject extends ManifestObject {
  constructor(scope: Construct, id: string, manifest: KubeObject) {
    super(scope, id, manifest);
    if (this.chart.namespace !== undefined) this.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}

/** Whether there is nothing in it that rendering would replace: no Lazy, no token, no field to fill in or leave out. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object') return value !== undefined && typeof value !== 'function';
  if (value === null) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  return value.constructor === Object && Object.values(value).every(isPlain);
}
