import { ApiObject, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { Chain } from './chain/chain';
import { printFinding } from './chain/finding';
import type { KubeObject } from './kube-object';

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
  private errors = new Map<IConstruct, string[]>();

  constructor(private readonly bundle: Chart) {
    // cdk8s validates parents before children, so each pass begins here.
    bundle.node.addValidation({
      validate: () => {
        this.errors = this.run();
        return this.errors.get(bundle) ?? [];
      },
    });
  }

  include(construct: Construct): void {
    if (construct === this.bundle || this.included.has(construct)) return;
    this.included.add(construct);
    construct.node.addValidation({ validate: () => this.errors.get(construct) ?? [] });
  }

  private run(): Map<IConstruct, string[]> {
    const owners = new Map<KubeObject, IConstruct>();
    for (const node of this.bundle.node.findAll()) {
      if (ApiObject.isApiObject(node)) owners.set(node.toJson() as KubeObject, this.ownerOf(node));
    }
    const errors = new Map<IConstruct, string[]>();
    for (const finding of Chain.fromObjects([...owners.keys()]).findings()) {
      const owner = owners.get(finding.object);
      if (owner === undefined || finding.severity !== 'error') continue;
      errors.set(owner, [...(errors.get(owner) ?? []), printFinding(finding)]);
    }
    return errors;
  }

  private ownerOf(node: IConstruct): IConstruct {
    return node.node.scopes.findLast((scope) => this.included.has(scope)) ?? this.bundle;
  }
}

function outermostChart(construct: Construct): Chart {
  return construct.node.scopes.find((scope) => Chart.isChart(scope)) ?? Chart.of(construct);
}
