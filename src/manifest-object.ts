import {
  ApiObject,
  type ApiObjectMetadataDefinition,
  App,
  ImplicitTokenResolver,
  LazyResolver,
  NumberStringUnionResolver,
} from 'cdk8s';
import type { Construct } from 'constructs';
import type { KubeObject } from './kube-object';

const OWN_RESOLVERS = [LazyResolver, ImplicitTokenResolver, NumberStringUnionResolver];

/** Metadata that somebody has had in hand since it was made, and may have changed. */
const touched = new WeakSet<ApiObjectMetadataDefinition>();

const watch: ProxyHandler<ApiObjectMetadataDefinition> = {
  get(metadata, property) {
    if (property === 'toJson') return () => metadata.toJson();
    touched.add(metadata);
    return Reflect.get(metadata, property);
  },
};

/**
 * An ApiObject that knows whether it still is what it was made from. As long as it is, the rules read that manifest and
 * nothing is rendered for them: for thousands of objects, rendering takes longer than all the rules.
 */
export class ManifestObject extends ApiObject {
  /**
   * What the rules are to read of any ApiObject: what `toJson` gives, without its cost where that is possible.
   * @internal
   */
  static manifestOf(object: ApiObject): KubeObject {
    return #manifest in object && object.#isPristine() ? object.#manifest : (object.toJson() as KubeObject);
  }

  readonly #manifest: KubeObject;
  readonly #metadata: ApiObjectMetadataDefinition;
  #plain: boolean;

  constructor(scope: Construct, id: string, manifest: KubeObject) {
    super(scope, id, manifest);
    this.#manifest = manifest;
    this.#metadata = this.metadata;
    this.#plain = isPlain(manifest);
    Object.assign(this, { metadata: new Proxy(this.metadata, watch) });
  }

  override addJsonPatch(...operations: Parameters<ApiObject['addJsonPatch']>): void {
    this.#plain = false;
    super.addJsonPatch(...operations);
  }

  #isPristine(): boolean {
    return this.#plain && !touched.has(this.#metadata) && !hasForeignResolvers(this);
  }
}

/** Whether there is nothing in it that rendering would replace: no Lazy, no token, no field to fill in or leave out. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object') return value !== undefined && typeof value !== 'function';
  if (value === null) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  return value.constructor === Object && Object.values(value).every(isPlain);
}

function hasForeignResolvers(object: ApiObject): boolean {
  return App.of(object).resolvers.some((resolver) => !OWN_RESOLVERS.some((own) => resolver instanceof own));
}
