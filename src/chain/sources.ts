import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { namespaceOf } from '../kubernetes/identity';
import { isArtifactGenerator, isFluxSource } from '../kubernetes/kinds';
import type { KubeObject } from '../kubernetes/kube-object';

/** The sources that a bundle contains: Flux's sources, and the ExternalArtifacts of its ArtifactGenerators. */
export class Sources {
  /** Namespaces by kind and name. */
  private readonly namespaces = new Map<string, Set<string>>();
  /** Namespaces with an ArtifactGenerator that derives the names of its artifacts from a pathPattern, on the cluster. */
  private readonly openNamespaces = new Set<string>();

  constructor(objects: readonly KubeObject[]) {
    for (const object of objects) {
      const { name = '' } = object.metadata;
      const namespace = namespaceOf(object.metadata);
      if (isFluxSource(object)) this.add(object.kind, namespace, name);
      if (!isArtifactGenerator(object)) continue;
      if (fieldAt(object, 'spec', 'pathPattern') !== undefined) this.openNamespaces.add(namespace);
      for (const artifact of listAt(object, 'spec', 'artifacts')) {
        this.add('ExternalArtifact', namespace, stringAt(artifact, 'name') ?? '');
      }
    }
  }

  /** Whether the bundle contains, or may create, a source. */
  has(kind: string, namespace: string, name: string): boolean {
    return (
      this.namespacesOf(kind, name).includes(namespace) ||
      (kind === 'ExternalArtifact' && this.openNamespaces.has(namespace))
    );
  }

  /** Namespaces with a source of this kind and name. */
  namespacesOf(kind: string, name: string): readonly string[] {
    return [...(this.namespaces.get(`${kind} ${name}`) ?? [])];
  }

  private add(kind: string, namespace: string, name: string): void {
    const key = `${kind} ${name}`;
    this.namespaces.set(key, (this.namespaces.get(key) ?? new Set()).add(namespace));
  }
}
