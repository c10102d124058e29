import { Argument } from 'commander';
import { Chain } from '../chain/chain';
import { readBundle } from '../kubernetes/read-bundle';

/** Where a command looks for the bundle if none is named. */
export const DEFAULT_BUNDLE = 'dist';

/** The bundle that a command reads. */
export const bundleArgument = () =>
  new Argument('[bundle]', 'file, folder or - with the manifests').default(DEFAULT_BUNDLE);

/** Reads the chain of a bundle. */
export function readChain(bundle: string): Chain {
  return Chain.fromObjects(readBundle(bundle));
}
