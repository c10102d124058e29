import { Argument } from 'commander';
import { Chain } from '../chain/chain';
import { printFinding } from '../chain/finding';
import { warningsOf } from '../chain/rules/check';
import { readBundle } from '../kubernetes/read-bundle';
import { say } from './streams';

/** The bundle of a command if none is named: where `cdk8s synth` writes. */
export const DEFAULT_BUNDLE = 'dist';

/** The bundle that a command reads. */
export const bundleArgument = () =>
  new Argument('[bundle]', 'File or folder with the manifests, or - for standard input').default(DEFAULT_BUNDLE);

/** Reads the chain of a bundle. */
export function readChain(bundle: string): Chain {
  return Chain.fromObjects(readBundle(bundle));
}

/** Prints the warnings about some chains on standard error, each of them once. No command fails because of a warning. */
export function printWarnings(chains: readonly Chain[]): void {
  const warnings = chains.flatMap((chain) => warningsOf(chain)).map(printFinding);
  for (const warning of new Set(warnings)) say(warning);
}
