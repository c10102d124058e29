import { InvalidArgumentError, Option } from 'commander';
import { parseTime, TIME_FORM } from '../chain/certificate-duration';
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
) => certificateTimeOption('--duration <time>', description);

/** A flag with a duration of a certificate, in seconds. */
export const certificateTimeOption = (flag: string, description: string) =>
  new Option(flag, description).argParser((text) => {
    const seconds = parseSeconds(text);
    if (!Number.isInteger(seconds)) throw new InvalidArgumentError('Write whole seconds.');
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
    const milliseconds = parseMilliseconds(text);
    if (milliseconds < 1000) throw new InvalidArgumentError('The minimum is 1s.');
    return milliseconds;
  });

/** A time to wait, in milliseconds. Node.js would wait for 1 ms if it were longer than 2^31 ms. */
export function parseMilliseconds(text: string): number {
  const milliseconds = Math.round(parseSeconds(text) * 1000);
  if (milliseconds > LONGEST_WAIT) throw new InvalidArgumentError('The maximum is 24d.');
  return milliseconds;
}

const LONGEST_WAIT = 24 * 86_400_000;

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

/** A time of a flag, as in `30d` or `1h30m`, in seconds. */
function parseSeconds(text: string): number {
  const seconds = parseTime(text);
  if (seconds !== undefined) return seconds;
  throw new InvalidArgumentError(`${TIME_FORM[0]?.toUpperCase()}${TIME_FORM.slice(1)}.`);
}
