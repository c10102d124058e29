import { ApiObject, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { EggtoothError } from '../errors';
import { type KubeObject, type ObjectReference, referenceTo } from '../kubernetes/kube-object';
import { assertName } from './assert-name';

/**
 * An ApiObject that knows whether it still is the manifest that it was created from. As long as it is, rules read that
 * manifest, and nothing is rendered for them: for thousands of objects, rendering takes longer than checking all rules.
 * Resolvers of the App do not see the object then.
 *
 * @example
 * ```ts
 * const repository: ManifestObject | undefined = bundle.repositories[0];
 * repository?.addJsonPatch(JsonPatch.add('/spec/suspend', true));
 * ```
 */
export class ManifestObject extends ApiObject {
  /**
   * What rules read of an ApiObject: the result of `toJson`, without its cost where that is possible.
   * @internal
   */
  static manifestOf(object: ApiObject): KubeObject {
    return #manifest in object && object.#pristine ? object.#manifest : (object.toJson() as KubeObject);
  }

  readonly #manifest: KubeObject;
  #pristine: boolean;

  constructor(scope: Construct, id: string, manifest: KubeObject) {
    const reference = referenceTo(manifest);
    assertName(reference);
    assertUnused(scope, id, reference);
    super(scope, id, manifest);
    const { metadata, chart } = this;
    this.#manifest = withLabels(manifest, chart.labels);
    this.#pristine =
      isPlain(this.#manifest) && (chart.namespace === undefined || manifest.metadata.namespace !== undefined);
    // Whoever has the metadata in hand may change it.
    const get = () => {
      this.#pristine = false;
      return metadata;
    };
    Object.defineProperty(this, 'metadata', { get });
  }

  /** Adds JSON patches (RFC 6902), which are applied to the rendered object. */
  override addJsonPatch(...operations: Parameters<ApiObject['addJsonPatch']>): void {
    this.#pristine = false;
    super.addJsonPatch(...operations);
  }

  /** Renders the object to what is written to YAML. */
  override toJson(): ReturnType<ApiObject['toJson']> {
    const pristine = this.#pristine;
    const rendered = super.toJson();
    this.#pristine = pristine;
    return rendered;
  }
}

/** A ManifestObject of a cluster-scoped kind: cdk8s does not stamp the namespace of its Chart on it. */
export class ClusterObject extends ManifestObject {
  constructor(scope: Construct, id: string, manifest: KubeObject) {
    super(scope, id, manifest);
    if (this.chart.namespace !== undefined) this.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}

/**
 * Rejects the id of another construct, as cdk8s does, but with the object and a fix.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
function assertUnused(scope: Construct, id: string, object: ObjectReference): void {
  const first = scope.node.tryFindChild(id);
  if (first === undefined) return;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `a construct with this id exists: ${first.node.path}`, {
    fix: 'give one of them another id',
    object,
  });
}

/** A manifest with the labels of its Chart, as cdk8s adds them. */
function withLabels(manifest: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  if (Object.keys(labels).length === 0) return manifest;
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...metadata, labels: { ...labels, ...metadata.labels } } };
}

/** Whether rendering would change nothing in a value: no Lazy, no token, no field to fill in or leave out. */
export function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return value !== undefined && typeof value !== 'function';
  if (value === null) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  return value.constructor === Object && Object.values(value).every(isPlain);
}
