import { type Chart, Names } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { EggtoothError } from '../../errors';

const bundlesOfApps = new WeakMap<IConstruct, Map<string, Chart>>();

/**
 * The id, if no construct of the scope has it yet.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function unusedId(scope: Construct, id: string): string {
  const first = scope.node.tryFindChild(id);
  if (first === undefined) return id;
  throw badId(first, 'is there already, and two of one name cannot be told apart');
}

/**
 * Refuses a bundle that cdk8s would write over another one of the same App.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertOwnFile(bundle: Chart): void {
  const bundles = bundlesOfApps.get(bundle.node.root) ?? new Map<string, Chart>();
  bundlesOfApps.set(bundle.node.root, bundles);
  const name = Names.toDnsLabel(bundle);
  const first = bundles.get(name);
  bundles.set(name, bundle);
  if (first === undefined || first.node.scope?.node.tryFindChild(first.node.id) !== first) return;
  throw badId(bundle, `would be written over ${first.node.path}: both go to the file ${name}`);
}

function badId({ node }: IConstruct, problem: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_OPTION', `the bundle ${node.path} ${problem}`, {
    fix: 'give each bundle an id of its own, such as the name of its cluster',
  });
}
