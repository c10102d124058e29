import { isDeepStrictEqual } from 'node:util';
import { ApiObject, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { Chain } from '../chain/chain';
import { printFinding } from '../chain/finding';
import type { KubeObject } from '../kubernetes/kube-object';
import { ManifestObject } from './manifest-object';

const validations = new WeakMap<Chart, ChainValidation>();

/**
 * Lets synth run the chain's rules on everything in the construct's outermost Chart: that Chart is the bundle. Each
 * finding is reported at the construct that it concerns.
 */
export function validateChain(construct: Construct): void {
  const bundle = outermostChart(construct);
  const validation = validations.get(bundle) ?? new ChainValidation(bundle);
  validations.set(bundle, validation);
  validation.include(construct);
}

class ChainValidation {
  private readonly included = new Set<IConstruct>();
  private readonly reporting = new Set<IConstruct>();
  private errors: ReadonlyMap<IConstruct, readonly string[]> = new Map();
  private sound: readonly KubeObject[] = [];

  constructor(private readonly bundle: Chart) {
    // cdk8s validates parents before children, so each pass begins here.
    bundle.node.addValidation({
      validate: () => {
        this.errors = this.run();
        for (const construct of this.errors.keys()) this.report(construct);
        return this.errorsOf(bundle);
      },
    });
  }

  include(construct: Construct): void {
    this.included.add(construct);
  }

  private run(): ReadonlyMap<IConstruct, readonly string[]> {
    const nodes = this.bundle.node.findAll().filter((node) => ApiObject.isApiObject(node));
    const objects = nodes.map((node) => ManifestObject.manifestOf(node));
    // A synth validates twice or more; what was sound and is the same needs no second look.
    if (isDeepStrictEqual(objects, this.sound)) return new Map();
    const owners = new Map(objects.map((object, index) => [object, nodes[index]]));
    const errors = new Map<IConstruct, readonly string[]>();
    for (const finding of Chain.fromObjects(objects).findings()) {
      const node = owners.get(finding.object);
      if (node === undefined || finding.severity !== 'error') continue;
      const owner = this.ownerOf(node);
      errors.set(owner, [...(errors.get(owner) ?? []), printFinding(finding)]);
    }
    this.sound = errors.size === 0 ? objects : [];
    return errors;
  }

  private report(construct: IConstruct): void {
    if (construct === this.bundle || this.reporting.has(construct)) return;
    this.reporting.add(construct);
    construct.node.addValidation({ validate: () => this.errorsOf(construct) });
  }

  private errorsOf(construct: IConstruct): string[] {
    return [...(this.errors.get(construct) ?? [])];
  }

  private ownerOf(node: IConstruct): IConstruct {
    return node.node.scopes.findLast((scope) => this.included.has(scope)) ?? this.bundle;
  }
}

function outermostChart(construct: Construct): Chart {
  return construct.node.scopes.find((scope) => Chart.isChart(scope)) ?? Chart.of(construct);
}
