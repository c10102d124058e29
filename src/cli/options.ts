import { InvalidArgumentError, Option } from 'commander';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';

/** What kind of certificate a command asks for. */
export interface CertificateFlags {
  readonly keyAlgorithm: KeyAlgorithm;
  readonly duration?: number;
}

/** The same for the library. */
export function certificateOptions({ keyAlgorithm, duration }: CertificateFlags) {
  return { algorithm: keyAlgorithm, expirationSeconds: duration };
}

/** `--key-algorithm`. */
export const algorithmOption = () => {
  const choices: readonly KeyAlgorithm[] = ['P-256', 'RSA', 'Ed25519'];
  return new Option('--key-algorithm <kind>', 'kind of key').choices([...choices]).default(choices[0]);
};

/** `--duration`, in seconds. */
export const durationOption = (
  description = "wanted duration of the certificate, as in 30d or 720h (default: the cluster's)",
) =>
  new Option('--duration <time>', description).argParser((text) => {
    const seconds = parseSeconds(text);
    if (seconds < 600) throw new InvalidArgumentError('Kubernetes takes no less than 10m.');
    if (seconds > 2 ** 31 - 1) throw new InvalidArgumentError('Kubernetes takes no more than 24855d.');
    return seconds;
  });

/** `--timeout`, in milliseconds. */
export const timeoutOption = (description: string, value: string) =>
  new Option('--timeout <time>', description).default(parseSeconds(value) * 1000, value).argParser((text) => {
    const milliseconds = parseSeconds(text) * 1000;
    if (milliseconds === 0) throw new InvalidArgumentError('Give at least 1s.');
    return milliseconds;
  });

/** `--dry-run`. */
export const dryRunOption = (description: string) => new Option('--dry-run', description);

/** `--user`. */
export const userOption = () => new Option('--user <name>', 'which reader, if the bundle has several');

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A time of a flag, as in `30d`. */
export function parseSeconds(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new InvalidArgumentError('Write a number and s, m, h or d.');
  return Number(number) * factor;
}
