import { existsSync } from 'node:fs';
import { Argument, Option } from 'commander';
import { Chain } from '../chain/chain';
import { printFinding } from '../chain/finding';
import { warningsOfSigning, whyNoCertificate } from '../chain/rules/check';
import type { Cluster } from '../cluster/cluster';
import { lacksNamespaces, placeChain } from '../cluster/place-objects';
import { chooseBundle } from '../kubernetes/choose-bundle';
import type { KubeObject } from '../kubernetes/kube-object';
import { STANDARD_INPUT } from '../kubernetes/manifest-files';
import { type ReadOptions, readManifests } from '../kubernetes/read-bundle';
import { say } from './streams';

/** The bundle of a command if none is named: where `cdk8s synth` writes. */
export const DEFAULT_BUNDLE = 'dist';

/** The flag that chooses a bundle. */
export interface BundleFlags {
  readonly bundle?: string;
}

/** The manifests that a command reads. */
export const bundleArgument = () =>
  new Argument('[bundle...]', 'Files or folders with the manifests, or - for standard input').default(
    [DEFAULT_BUNDLE],
    DEFAULT_BUNDLE,
  );

/** `--bundle`. */
export const bundleOption = () =>
  new Option('--bundle <name>', 'Bundle to use where the manifests are those of several: its file, folder or label');

/** Reads the objects of a bundle. A bundle that was chosen by name is reported with its files. */
export function readObjects(
  paths: readonly string[],
  { bundle }: BundleFlags,
  options?: ReadOptions,
): readonly KubeObject[] {
  const { name, files, objects } = chooseBundle(readManifests(paths, options), { bundle });
  if (bundle !== undefined) say(`bundle ${name}: ${files.join(', ')}`);
  return objects;
}

/** Reads the chain of a bundle, for commands that do not apply its objects: no rule depends on the specs of CRDs. */
export function readChain(paths: readonly string[], flags: BundleFlags): Chain {
  return Chain.fromObjects(readObjects(paths, flags, { crdSpecs: false }));
}

/**
 * Whether a bundle needs no certificate, which is then said on standard error: a command that makes or shows certificates as
 * they should be has nothing to do.
 */
export function needsNoCertificate(chain: Chain): boolean {
  const reason = whyNoCertificate(chain);
  if (reason !== undefined) say(reason);
  return reason !== undefined;
}

/** Whether an argument is a path rather than the name of an object: it has the form of one, or exists. */
export function isPath(argument: string): boolean {
  return argument === STANDARD_INPUT || /[/\\]|\.(ya?ml|json)$/.test(argument) || existsSync(argument);
}

/**
 * Prints the warnings about a chain on standard error, and rejects one that breaks a rule. No command fails because of a
 * warning. This happens before the cluster is asked, unless the namespaces of some objects are that of the context.
 *
 * @param assertGood - throws what the command refuses
 * @param options - what a warning is: for commands for certificates, everything that does not stop them
 * @returns the chain as it is in the cluster
 */
export function checkChain(
  chain: Chain,
  assertGood: (chain: Chain) => void,
  { warn = true, warnings = warningsOfSigning } = {},
): (cluster: Pick<Cluster, 'namespace'>) => Chain {
  const check = (known: Chain) => {
    if (warn) printWarnings(known, warnings);
    assertGood(known);
    return known;
  };
  if (lacksNamespaces(chain.objects)) return (cluster) => check(placeChain(cluster, chain));
  check(chain);
  return () => chain;
}

/** Prints the warnings about a chain on standard error, each of them once. */
export function printWarnings(chain: Chain, warningsOf = warningsOfSigning): void {
  for (const warning of new Set(warningsOf(chain).map(printFinding))) say(warning);
}
