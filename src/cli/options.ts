import { InvalidArgumentError, Option } from 'commander';
import { parseTime } from '../chain/certificate-duration';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';

/** What kind of certificate a command asks for. */
export interface CertificateFlags {
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
}

/** The same as options of the library. */
export function certificateOptions({ keyAlgorithm, duration }: CertificateFlags) {
  return { algorithm: keyAlgorithm, duration };
}

/** `--key-algorithm`. */
export const algorithmOption = () => {
  const choices: readonly KeyAlgorithm[] = ['P-256', 'RSA', 'Ed25519'];
  return new Option('--key-algorithm <kind>', 'Algorithm of the private key').choices([...choices]).default(choices[0]);
};

/** `--duration`, in seconds. */
export const durationOption = (
  description = "Duration of the certificate, at most the bundle's, such as 30d or 720h (default: the bundle's, or set by the cluster)",
) =>
  new Option('--duration <time>', description).argParser((text) => {
    const seconds = parseSeconds(text);
    if (seconds < 600) throw new InvalidArgumentError('The minimum is 10m.');
    if (seconds > 2 ** 31 - 1) throw new InvalidArgumentError('The maximum is 24855d.');
    return seconds;
  });

/** `--timeout`, in milliseconds. */
export const timeoutOption = (description: string, value: string) =>
  timeOption('--timeout <time>', description).default(parseSeconds(value) * 1000, value);

/** A flag with a time, in milliseconds. */
export const timeOption = (flag: string, description: string) =>
  new Option(flag, description).argParser((text) => {
    const milliseconds = parseSeconds(text) * 1000;
    if (milliseconds === 0) throw new InvalidArgumentError('The minimum is 1s.');
    return milliseconds;
  });

/** `--dry-run`. */
export const dryRunOption = (description: string) => new Option('--dry-run', description);

/** `--adopt`. */
export const adoptOption = () =>
  new Option(
    '--adopt',
    'Overwrite Secrets that hold something else than a certificate of the reader, although somebody else wrote them',
  );

/** `--force-conflicts`, as kubectl has it. */
export const forceConflictsOption = () =>
  new Option('--force-conflicts', 'Overwrite what other field managers wrote in objects, and those that Flux manages');

/** `--allow-downgrade`. */
export const allowDowngradeOption = () =>
  new Option('--allow-downgrade', 'Apply Flux although the cluster has a newer version of it');

/** `--prune`, or `--prune=all`. */
export const pruneOption = () =>
  new Option(
    '--prune [all]',
    'Delete what an earlier version of the bundle applied and this one lacks, without data; with =all, also what may hold data',
  );

/** `--unverified`. */
export const unverifiedOption = () =>
  new Option('--unverified', 'Write the Secrets although not everything can be verified, and report what is not');

/** `--reader`. */
export const readerOption = () =>
  new Option('--reader <name>', 'Reader to request the certificate for (default: the only one)');

/** A time of a flag, as in `30d`. */
export function parseSeconds(text: string): number {
  const seconds = text.length > 7 ? undefined : parseTime(text);
  if (seconds === undefined) throw new InvalidArgumentError('Write a number and a unit: s, m, h or d.');
  return seconds;
}
