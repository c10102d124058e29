import { appliedFieldsOf } from '../cluster/applied-mark';
import { EggtoothError } from '../errors';
import { fieldAt, listAt, stringAt } from '../kubernetes/fields';
import { isCrd } from '../kubernetes/kinds';
import { type KubeObject, printReference, referenceTo } from '../kubernetes/kube-object';

/** Options for a bundle whose Flux is older than that of the cluster. */
export interface DowngradeOptions {
  /**
   * Apply Flux although the cluster has a newer version of it.
   * @default false
   */
  readonly allowDowngrade?: boolean;
}

/** An object of the bundle, and what the cluster has in its place. */
export interface Replacement {
  readonly object: KubeObject;
  readonly current: KubeObject;
}

/**
 * Refuses to replace Flux with an older version, whoever has installed the newer one.
 * @throws EggtoothError `ERR_EGGTOOTH_DOWNGRADE` with everything that is newer in the cluster
 */
export function assertNoDowngrade(
  bundle: readonly KubeObject[],
  replacements: readonly Replacement[],
  { allowDowngrade = false }: DowngradeOptions,
): void {
  if (allowDowngrade) return;
  const version = highest(bundle.filter(isOfFlux).flatMap(versionLabel));
  const found = replacements.flatMap((one) => {
    const problem = isCrd(one.object) ? downgradeOfCrd(one, version) : downgradeOfWorkload(one);
    return problem === undefined ? [] : [{ object: referenceTo(one.object), problem }];
  });
  const [first, ...others] = found;
  if (first === undefined) return;
  const list = found.map(({ object, problem }) => `\n  ${printReference(object)}: ${problem}`).join('');
  throw new EggtoothError(
    'ERR_EGGTOOTH_DOWNGRADE',
    others.length === 0 ? first.problem : `the cluster has a newer Flux than the bundle:${list}`,
    {
      fix: 'give the bundle at least that version of Flux, or run up with --allow-downgrade',
      ...(others.length === 0 && { object: first.object }),
    },
  );
}

const VERSION = 'app.kubernetes.io/version';

function isOfFlux(object: KubeObject): boolean {
  return object.metadata.labels?.['app.kubernetes.io/part-of'] === 'flux' || isFluxCrd(object);
}

function isFluxCrd(object: KubeObject): boolean {
  return isCrd(object) && /(^|\.)fluxcd\.io$/.test(stringAt(object, 'spec', 'group') ?? '');
}

function versionLabel({ metadata }: KubeObject): readonly string[] {
  const version = metadata.labels?.[VERSION];
  return version === undefined ? [] : [version];
}

function downgradeOfCrd({ object, current }: Replacement, bundled: string | undefined): string | undefined {
  if (!isFluxCrd(object)) return undefined;
  const [before] = versionLabel(current);
  const after = versionLabel(object)[0] ?? bundled;
  if (isOlder(after, before)) return `is of Flux ${before}, and the bundle has ${after}`;
  const [served, ours] = [apiVersionsOf(current), apiVersionsOf(object)];
  const newer = served.find((version) => ours.every((other) => isOlderApi(other, version)));
  return newer && `serves ${newer}, which the bundle does not know`;
}

function apiVersionsOf(crd: KubeObject): readonly string[] {
  return listAt(crd, 'spec', 'versions').map((version) => stringAt(version, 'name') ?? '');
}

/** A container that runs a controller of Flux. */
interface Controller {
  readonly container: string;
  readonly image: string;
  readonly name: string;
  readonly tag?: string;
}

const CONTROLLER =
  /(?:^|\/)(?<name>(?:source|kustomize|helm|notification|image-reflector|image-automation)-controller|source-watcher)(?::(?<tag>[^@]+))?(?:@|$)/;

function controllersOf(workload: KubeObject): readonly Controller[] {
  return listAt(workload, 'spec', 'template', 'spec', 'containers').flatMap((container) => {
    const image = stringAt(container, 'image') ?? '';
    const { name, tag } = CONTROLLER.exec(image)?.groups ?? {};
    if (name === undefined) return [];
    return [{ container: stringAt(container, 'name') ?? '', image, name, ...(tag !== undefined && { tag }) }];
  });
}

function downgradeOfWorkload({ object, current }: Replacement): string | undefined {
  const ours = controllersOf(object);
  for (const before of controllersOf(current)) {
    const after = ours.find(({ name }) => name === before.name);
    if (after === undefined || after.image === before.image) continue;
    if (isOlder(after.tag, before.tag)) return `runs ${before.name} ${before.tag}, and the bundle has ${after.tag}`;
    const isComparable = parse(after.tag) !== undefined && parse(before.tag) !== undefined;
    if (!isComparable && !hasSetImage(current, before)) {
      return `runs ${before.image}, which somebody else has set and which may be newer than ${after.image}`;
    }
  }
  const [[before], [after]] = [versionLabel(current), versionLabel(object)];
  const isFlux = ours.length > 0 && isOlder(after, before);
  return isFlux ? `is of Flux ${before}, and the bundle has ${after}` : undefined;
}

/** Whether the image of a container is the one that eggtooth has applied. */
function hasSetImage(workload: KubeObject, { container }: Controller): boolean {
  const path = [
    'fieldsV1',
    'f:spec',
    'f:template',
    'f:spec',
    'f:containers',
    `k:${JSON.stringify({ name: container })}`,
  ];
  return appliedFieldsOf(workload).some((entry) => fieldAt(entry, ...path, 'f:image') !== undefined);
}

type Version = readonly [numbers: readonly number[], isRelease: boolean];

function parse(text: string | undefined): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(-.+)?$/.exec(text ?? '');
  return match === null ? undefined : [match.slice(1, 4).map(Number), match[4] === undefined];
}

/** Whether a version is older than another. Versions that cannot be compared are not. */
function isOlder(version: string | undefined, than: string | undefined): boolean {
  const [a, b] = [parse(version), parse(than)];
  if (a === undefined || b === undefined) return false;
  for (const [index, number] of a[0].entries()) {
    const other = b[0][index] ?? 0;
    if (number !== other) return number < other;
  }
  return !a[1] && b[1];
}

function highest(versions: readonly string[]): string | undefined {
  return versions.reduce<string | undefined>(
    (best, one) => (best === undefined || isOlder(best, one) ? one : best),
    undefined,
  );
}

/** Whether an API version has a lower priority than another: v1beta1, v1beta2, v1, v2. */
function isOlderApi(version: string, than: string): boolean {
  const [a, b] = [apiRank(version), apiRank(than)];
  for (const [index, number] of a.entries()) {
    const other = b[index] ?? 0;
    if (number !== other) return number < other;
  }
  return false;
}

function apiRank(version: string): readonly number[] {
  const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor)];
}
