import { createHash } from 'node:crypto';
import { type Chart, Names } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { EggtoothError } from '../../errors';
import { BUNDLE_LABEL } from '../../kubernetes/labels';

const bundlesOfApps = new WeakMap<IConstruct, Map<string, Chart>>();

/**
 * Rejects an id that a construct of the scope has.
 * @returns the id
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function unusedId(scope: Construct, id: string): string {
  const first = scope.node.tryFindChild(id);
  if (first === undefined) return id;
  throw badId(`a construct with the id of the bundle exists: ${first.node.path}`);
}

/**
 * Rejects a bundle whose file is that of another bundle of the App: cdk8s would overwrite it.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertOwnFile(bundle: Chart): void {
  const bundles = bundlesOfApps.get(bundle.node.root) ?? new Map<string, Chart>();
  bundlesOfApps.set(bundle.node.root, bundles);
  const name = Names.toDnsLabel(bundle);
  const first = bundles.get(name);
  bundles.set(name, bundle);
  if (first === undefined || first.node.scope?.node.tryFindChild(first.node.id) !== first) return;
  throw badId(`two bundles have the file ${name}: ${first.node.path} and ${bundle.node.path}`);
}

/**
 * The labels of every object of a bundle: its name, which is `NAMESPACE.NAME` of its main object, and those of the props.
 * Like all names, it does not depend on ids: a construct may be renamed, and bundles of many Apps may have the same id.
 */
export function bundleLabels(
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return { [BUNDLE_LABEL]: labelValue(`${namespace}.${name}`), ...labels };
}

/** The longest value of a label. */
const LONGEST = 63;

function labelValue(name: string): string {
  if (name.length <= LONGEST) return name;
  return `${name.slice(0, LONGEST - 17)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/**
 * The id for the construct of an object in a bundle: KIND-NAMESPACE-NAME. If another object has it, as of `team/a-apps` and
 * `team-a/apps`, the name follows a colon, which no name contains.
 */
export function objectId(
  bundle: Construct,
  kind: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string {
  const id = `${kind}-${namespace}-${name}`;
  return bundle.node.tryFindChild(id) === undefined ? id : `${kind}-${namespace}:${name}`;
}

/**
 * Rejects objects of one kind of which two have the same namespace and name.
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertDistinct(
  bundle: Construct,
  kind: string,
  objects: readonly { readonly namespace: string; readonly name: string }[],
): void {
  const seen = new Set<string>();
  for (const { namespace, name } of objects) {
    const path = `${namespace}/${name}`;
    if (seen.has(path)) {
      throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the bundle has two ${kind} ${path}: ${bundle.node.path}`, {
        fix: 'remove or rename one of them',
      });
    }
    seen.add(path);
  }
}

function badId(problem: string): EggtoothError {
  return new EggtoothError('ERR_EGGTOOTH_OPTION', problem, {
    fix: 'give each bundle a unique id, such as the name of its cluster',
  });
}
