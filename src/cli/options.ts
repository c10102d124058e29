import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { KeyAlgorithm } from '../pki/certificate-signing-request';

/** Where a command looks for the bundle if none is named. */
export const DEFAULT_BUNDLE = 'dist';

/** The bundle that a command reads. */
export const bundleArgument = () =>
  new Argument('[bundle]', 'file, folder or - with the manifests').default(DEFAULT_BUNDLE);

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
    const seconds = toSeconds(text);
    if (seconds < 600) throw new InvalidArgumentError('Kubernetes takes no less than 10m.');
    if (seconds > 2 ** 31 - 1) throw new InvalidArgumentError('Kubernetes takes no more than 24855d.');
    return seconds;
  });

/** `--timeout`, in milliseconds. */
export const timeoutOption = (description: string, value: string) =>
  new Option('--timeout <time>', description).default(toSeconds(value) * 1000, value).argParser((text) => {
    const milliseconds = toSeconds(text) * 1000;
    if (milliseconds === 0) throw new InvalidArgumentError('Give at least 1s.');
    return milliseconds;
  });

/** `--grace`, in milliseconds. */
export const graceOption = () =>
  new Option('--grace <time>', 'how long the old user keeps its rights once Flux has read with the new certificate')
    .default(65_000, '65s')
    .argParser((text) => toSeconds(text) * 1000);

/** `--require-policy`. */
export const policyOption = () =>
  new Option(
    '--require-policy <name>',
    'do nothing unless this ValidatingAdmissionPolicy refuses requests for other users',
  );

/** Adds `--kubeconfig` and `--context`. */
export const addClusterOptions = (command: Command) =>
  command
    .option('--kubeconfig <file>', 'kubeconfig to use (default: as kubectl finds it)')
    .option('--context <name>', 'context of the kubeconfig');

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function toSeconds(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new InvalidArgumentError('Write a number and s, m, h or d.');
  return Number(number) * factor;
}
