import { EggtoothError } from '../errors';
import { printReference, referenceTo } from './kube-object';
import { type FileObject, firstContradiction, type ManifestBundle, splitBundles, splitByLabel } from './split-bundles';

/** Options for {@link readBundle}. */
export interface ReadBundleOptions {
  /**
   * Name of the bundle, if the manifests are those of several: its file without extension, its folder, or its label
   * `eggtooth.dev/bundle`.
   * @default - the only one
   */
  readonly bundle?: string;
}

/**
 * The bundle that is wanted among manifests.
 * @throws EggtoothError `ERR_EGGTOOTH_BUNDLE` if the manifests are those of several bundles and none is named;
 * `ERR_EGGTOOTH_OPTION` if none has the name
 */
export function chooseBundle(
  entries: readonly FileObject[],
  { bundle: wanted }: ReadBundleOptions = {},
): ManifestBundle {
  const bundles = splitBundles(entries);
  if (bundles === undefined) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_BUNDLE',
      `the manifests are those of several bundles, and it is unclear which files belong together: ${contradiction(entries)}`,
      { fix: 'name the files of one bundle, or put the files of each bundle into a folder of its own' },
    );
  }
  const names = bundles.map(({ name }) => name).join(', ');
  const [first] = bundles;
  if (wanted === undefined && first !== undefined && bundles.length === 1) return first;
  if (wanted === undefined) {
    throw new EggtoothError(
      'ERR_EGGTOOTH_BUNDLE',
      `the manifests are those of ${bundles.length} bundles: ${names} (${contradiction(entries)})`,
      { fix: 'choose one with --bundle NAME, or name the files of one bundle' },
    );
  }
  const isWanted = ({ name, aliases }: ManifestBundle) => name === wanted || aliases.includes(wanted);
  const chosen = (bundles.length === 1 ? splitByLabel(entries) : bundles).find(isWanted);
  if (chosen !== undefined) return chosen;
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `no bundle of the manifests has the name ${JSON.stringify(wanted)}`, {
    fix:
      bundles.length === 1 ? 'leave the name out: the manifests are one bundle' : `choose one with --bundle: ${names}`,
  });
}

function contradiction(entries: readonly FileObject[]): string {
  const found = firstContradiction(entries);
  if (found === undefined) return '';
  const [one, other] = found.files;
  const where = one === other ? `${one} defines it twice` : `${one} and ${other} define it`;
  return `${where}, differently: ${printReference(referenceTo(found.object))}`;
}
