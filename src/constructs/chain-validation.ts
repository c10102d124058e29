import { isDeepStrictEqual } from 'node:util';
import { ApiObject, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { Chain } from '../chain/chain';
import { printFinding, type Rule } from '../chain/finding';
import { allRules } from '../chain/rules';
import { check } from '../chain/rules/check';
import type { KubeObject } from '../kubernetes/kube-object';
import { printable } from '../kubernetes/printable';
import { ManifestObject } from './manifest-object';
import { misreadErrors } from './misread-texts';
import { validateFiles } from './synth-files';

/** Options for {@link validateChain}. */
export interface ChainValidationOptions {
  /**
   * The rules to check. If several calls for one bundle pass rules, each of these rules is checked once.
   * @default - {@link allRules}
   */
  readonly rules?: readonly Rule[];
}

const validations = new WeakMap<Chart, ChainValidation>();

/**
 * Makes synth check rules on a bundle: on all objects of the outermost Chart around the construct. Findings of severity
 * `error` fail the synth, each reported at the construct that it concerns; warnings are printed on standard error.
 *
 * Synth also fails if the `yamlOutputType` of the App would make cdk8s write two objects to one file, where one of them
 * is lost.
 *
 * Every construct of eggtooth does this by itself with {@link allRules}. Call it to check rules of your own, on your own
 * Chart as well as on a {@link BootstrapBundle}.
 *
 * @example
 * ```ts
 * const bundle = new BootstrapBundle(app, 'bundle', props);
 * validateChain(bundle, { rules: [...allRules, ownRegistry] });
 * ```
 */
export function validateChain(construct: Construct, options: ChainValidationOptions = {}): void {
  const bundle = outermostChart(construct);
  const validation = validations.get(bundle) ?? new ChainValidation(bundle);
  validations.set(bundle, validation);
  validation.include(construct, options);
  validateFiles(construct);
}

class ChainValidation {
  private readonly included = new Set<IConstruct>();
  private readonly reporting = new Set<IConstruct>();
  private rules?: ReadonlySet<Rule>;
  private errors: ReadonlyMap<IConstruct, readonly string[]> = new Map();
  private sound?: readonly KubeObject[];

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

  include(construct: Construct, { rules }: ChainValidationOptions): void {
    this.included.add(construct);
    if (rules === undefined) return;
    this.rules = new Set([...(this.rules ?? []), ...rules]);
    this.sound = undefined;
  }

  private run(): ReadonlyMap<IConstruct, readonly string[]> {
    const nodes = this.bundle.node.findAll().filter((node) => ApiObject.isApiObject(node));
    const objects = nodes.map((node) => ManifestObject.manifestOf(node));
    // cdk8s validates once for each Chart that it writes: what was sound and has not changed is not checked again.
    if (isDeepStrictEqual(objects, this.sound)) return new Map();
    const nodeOf = new Map(objects.map((object, index) => [object, nodes[index]]));
    const errors = new Map<IConstruct, readonly string[]>();
    const report = (object: KubeObject, text: string) => {
      const owner = this.ownerOf(nodeOf.get(object) ?? this.bundle);
      errors.set(owner, [...(errors.get(owner) ?? []), text]);
    };
    for (const object of objects) for (const error of misreadErrors(object)) report(object, error);
    for (const finding of check(Chain.fromObjects(objects), [...(this.rules ?? allRules)])) {
      const text = printFinding(finding);
      if (finding.severity === 'error') report(finding.object, text);
      else
        process.stderr.write(
          printable(`[${this.ownerOf(nodeOf.get(finding.object) ?? this.bundle).node.path}] ${text}\n`),
        );
    }
    this.sound = errors.size === 0 ? objects : undefined;
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
